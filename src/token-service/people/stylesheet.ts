/** The one stylesheet, within each page: nothing is fetched for a page. */

import { hash } from 'node:crypto';

export const STYLESHEET = `
:root {
  color-scheme: light dark;
  --ground: #f4f5f7; --card: #ffffff; --text: #1b1f24; --soft: #55606e; --line: #d5dae1;
  --field: #8590a0; --accent: #1f5fd0; --accent-strong: #174ba8; --on-accent: #ffffff;
  --alarm: #a8201a; --alarm-ground: #fdf1f0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171b; --card: #1d2126; --text: #eceff3; --soft: #a9b3bf; --line: #343b44;
    --field: #768291; --accent: #8ab4ff; --accent-strong: #b0ccff; --on-accent: #10213f;
    --alarm: #ffb4ab; --alarm-ground: #34201f;
  }
}
* { box-sizing: border-box; }
html { background: var(--ground); font: 100%/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
body {
  margin: 0; min-height: 100vh; padding: 1.5rem 1rem; display: flex; flex-direction: column;
  align-items: center; background: var(--ground); color: var(--text);
}
main {
  width: 100%; max-width: 26rem; margin-top: auto; padding: 2.25rem 1.5rem 2rem;
  background: var(--card); border: 1px solid var(--line); border-radius: 0.875rem;
}
footer { margin: 1.25rem 0 auto; color: var(--soft); font-size: 0.875rem; }
h1 { margin: 0; font-size: 1.625rem; line-height: 1.25; font-weight: 650; letter-spacing: -0.012em; }
h2 { margin: 1.75rem 0 0.5rem; font-size: 1rem; line-height: 1.4; font-weight: 600; }
p { margin: 0.5rem 0 0; overflow-wrap: anywhere; }
h1, li, dd { overflow-wrap: anywhere; }
p.text { margin-top: 0.875rem; }
.soft { color: var(--soft); }
.after { margin-top: 1.25rem; font-size: 0.9375rem; color: var(--soft); }
strong { font-weight: 600; }
form { margin-top: 1.75rem; }
label { display: block; margin-top: 1.125rem; font-weight: 600; font-size: 0.9375rem; }
input {
  display: block; width: 100%; margin-top: 0.375rem; padding: 0.6875rem 0.75rem; font: inherit;
  color: inherit; background: var(--card); border: 1px solid var(--field); border-radius: 0.5rem;
}
input[aria-invalid] { border-color: var(--alarm); }
.code {
  font-size: 1.375rem; letter-spacing: 0.12em; text-align: center; text-transform: uppercase;
  font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-variant-numeric: tabular-nums;
}
p.shown {
  margin-top: 1.25rem; padding: 0.875rem; border: 1px solid var(--line); border-radius: 0.5rem;
  font-weight: 600;
}
button {
  display: block; width: 100%; margin-top: 0.75rem; padding: 0.75rem 1rem; font: inherit;
  font-weight: 600; color: var(--accent); background: transparent; border: 1px solid var(--field);
  border-radius: 0.5rem; cursor: pointer;
}
button.main {
  margin-top: 1.75rem; color: var(--on-accent); background: var(--accent); border-color: var(--accent);
}
button:hover { border-color: var(--accent); }
button.main:hover { background: var(--accent-strong); border-color: var(--accent-strong); }
input:focus-visible, button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.problem {
  margin-top: 1.5rem; padding: 0.75rem 1rem; color: var(--alarm); background: var(--alarm-ground);
  border: 1px solid currentcolor; border-left-width: 0.3125rem; border-radius: 0.5rem;
}
.problem p { margin: 0; }
.scopes { margin: 0; padding: 0; list-style: none; border-top: 1px solid var(--line); }
.scopes li { padding: 0.625rem 0; border-bottom: 1px solid var(--line); }
dl { margin: 1.5rem 0 0; font-size: 0.875rem; }
dt { margin-top: 0.625rem; color: var(--soft); }
dd { margin: 0; }
@media (min-width: 40rem) { main { padding: 2.75rem 2.75rem 2.5rem; } }
@media (forced-colors: active) { .problem, main, button, input { border-color: currentcolor; } }
`;

/** The source of the stylesheet in a Content-Security-Policy. */
export const STYLE_SOURCE = `'sha256-${hash('sha256', STYLESHEET, 'base64')}'`;

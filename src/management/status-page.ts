/** The status page: what runs, how it does, and what will need somebody soon. No scripts. */

import { hash } from 'node:crypto';

import { markup, NOTHING } from '../http/markup.ts';
import type { Markup } from '../http/markup.ts';
import type { Reply } from './reply.ts';
import { barChart, shareBars } from './status-chart.ts';
import type { StatusReport } from './status-report.ts';
import { STYLE } from './status-style.ts';
import { certificateTable, clientList, listenerTable, reloadCard } from './status-tables.ts';
import { ago, count, instant, percent, plural, span } from './status-words.ts';

/** Not a character may come between: the policy names the sheet by its hash. */
const SHEET: Markup = { text: `<style>${STYLE}</style>` };
const REFRESH_SECONDS = 15;
const MAX_REASONS = 8;
const DAY_MS = 86_400_000;

/** Nothing but the one style sheet is loaded or run, and nobody may frame the page. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${hash('sha256', STYLE, 'base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function statusPage(report: StatusReport): Reply {
  return {
    status: 200,
    contentType: 'text/html; charset=utf-8',
    body: `<!doctype html>\n${document(report).text}\n`,
    headers: { 'content-security-policy': POLICY },
  };
}

function document(report: StatusReport): Markup {
  const { ready } = report.readiness;
  return markup`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta http-equiv="refresh" content="${REFRESH_SECONDS}" />
      <title>${ready ? '' : 'NOT READY · '}certbound</title>
      ${SHEET}
    </head>
    <body>
      <main>
        ${heading(report)}
        <div class="grid-of">
          ${tiles(report)}
          <section class="card half">${requestChart(report)}</section>
          <section class="card half">${handshakeChart(report)}</section>
          <section class="card wide">
            <h2>Certificates</h2>
            ${certificateTable(report)}
          </section>
          <section class="card slim">
            <h2>Why it was refused</h2>
            ${reasons(report)}
          </section>
          <section class="card wide">
            <h2>Listeners</h2>
            ${listenerTable(report)}
          </section>
          <section class="card slim">
            <h2>Clients by method</h2>
            ${clientList(report)}
          </section>
          <section class="card half">
            <h2>Behind the gateway</h2>
            ${backends(report)}
          </section>
          <section class="card half">
            <h2>Last reload</h2>
            ${reloadCard(report)}
          </section>
        </div>
        <footer>
          ${instant(report.at)} · renews itself every ${REFRESH_SECONDS} s ·
          <a href="/status.json">as JSON</a> · <a href="/metrics">metrics</a> ·
          <a href="/readyz?verbose">readiness</a>
        </footer>
      </main>
    </body>
  </html>`;
}

function heading({ at, startedAt, version, node, readiness, tokenService }: StatusReport): Markup {
  const failing = Object.entries(readiness.checks)
    .filter(([, state]) => state !== 'ok')
    .map(([check, state]) => `${check}: ${state}`);
  const pill = readiness.ready
    ? markup`<span class="pill good">ready</span>`
    : markup`<span class="pill bad">not ready</span><span>${failing.join('; ')}</span>`;
  const service =
    tokenService.kind === 'embedded'
      ? markup`embedded token service <code>${tokenService.issuer}</code>`
      : markup`in front of <code>${tokenService.url}</code> (${tokenService.speaks})`;
  return markup`<header>
    <h1>certbound</h1>
    ${pill}
    <p>Version ${version} on Node ${node} · up for ${span(at - startedAt)} · ${service}</p>
  </header>`;
}

function tiles({ at, history, certificates, listeners }: StatusReport): Markup {
  const requests = history.steps.map((step) => step.requests);
  const total = (of: 'allowed' | 'refused' | 'failed'): number =>
    requests.reduce((sum, each) => sum + each[of], 0);
  const [allowed, refused, failed] = [total('allowed'), total('refused'), total('failed')];
  const all = allowed + refused + failed;
  const [first] = certificates;
  const left = first && first.notAfter - at;
  const connections = listeners.reduce((sum, each) => sum + each.connections, 0);
  return markup`${tile('Requests, last hour', count(all), `${count(connections)} connections now`)}
  ${tile('Refused', percent(refused, all), plural(refused, 'request'))}
  ${tile('Failed', percent(failed, all), plural(failed, 'request'), failed > 0 ? 'bad' : '')}
  ${tile('First certificate ends', left === undefined ? '–' : left > 0 ? `in ${span(left)}` : 'has ended', first?.holder || first?.role || 'none is held', left === undefined ? '' : urgency(left))}`;
}

function tile(title: string, value: string, note: string, tone = ''): Markup {
  return markup`<section class="card tile ${tone}">
    <h2>${title}</h2>
    <b>${value}</b><small>${note}</small>
  </section>`;
}

function urgency(leftMs: number): string {
  if (leftMs < 2 * DAY_MS) return 'bad';
  return leftMs < 14 * DAY_MS ? 'warn' : '';
}

function requestChart({ history: { steps, stepMs } }: StatusReport): Markup {
  return barChart({
    title: 'Requests',
    stepMs,
    times: steps.map(({ startedAt }) => startedAt),
    series: [
      { name: 'answered', tone: 'good', values: steps.map(({ requests }) => requests.allowed) },
      { name: 'refused', tone: 'warn', values: steps.map(({ requests }) => requests.refused) },
      { name: 'failed', tone: 'bad', values: steps.map(({ requests }) => requests.failed) },
    ],
  });
}

function handshakeChart({ history: { steps, stepMs } }: StatusReport): Markup {
  return barChart({
    title: 'TLS handshakes',
    stepMs,
    times: steps.map(({ startedAt }) => startedAt),
    series: [
      { name: 'completed', tone: 'good', values: steps.map(({ handshakes }) => handshakes.ok) },
      { name: 'failed', tone: 'bad', values: steps.map(({ handshakes }) => handshakes.failed) },
    ],
  });
}

function reasons({ history }: StatusReport): Markup {
  if (history.reasons.length === 0) return markup`<p class="quiet">nothing in the last hour</p>`;
  const rest = history.reasons.length - MAX_REASONS;
  return markup`${shareBars(history.reasons.slice(0, MAX_REASONS))}${
    rest > 0 ? markup`<p class="quiet">and ${plural(rest, 'more reason')}</p>` : NOTHING
  }`;
}

function backends({ at, tokenService, store, history, readiness }: StatusReport): Markup {
  const name = tokenService.kind === 'embedded' ? 'Token service' : 'Identity server';
  const row = (title: string, value: string): Markup =>
    markup`<dt>${title}</dt>
      <dd>${value}</dd>`;
  return markup`<dl>
    ${row(`${name} answered`, ago(history.upstream.succeededAt, at))}
    ${row(`${name} failed`, ago(history.upstream.failedAt, at))} ${row('Store', store.engine)}
    ${row('Store worked', ago(history.store.succeededAt, at))}
    ${row('Store failed', ago(history.store.failedAt, at))}
    ${Object.entries(readiness.checks).map(([check, state]) => row(`Ready: ${check}`, state))}
  </dl>`;
}

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';

import { statusPage } from '../../src/management/status-page.ts';
import type { StatusReport } from '../../src/management/status-report.ts';
import { ago, count, percent, plural, span } from '../../src/management/status-words.ts';
import { statusReport } from './status-report.ts';

const READY = { ready: true, checks: { store: 'ok' } };

function pageOf(overrides: Partial<StatusReport> = {}) {
  return statusPage({ ...statusReport(overrides), readiness: READY, ...overrides });
}

test('the policy of the page names its one style sheet, to the letter', () => {
  const { body, headers = {} } = pageOf();
  const sheets = [...body.matchAll(/<style>([^]*?)<\/style>/g)].map(([, sheet = '']) => sheet);
  assert.equal(sheets.length, 1);
  const named = `'sha256-${hash('sha256', sheets[0] ?? '', 'base64')}'`;
  assert.ok(headers['content-security-policy']?.includes(`style-src ${named};`));
});

test('T71: no text of a certificate, a client or a file becomes markup', () => {
  const hostile = `"><script>alert('x')</script>&amp;`;
  const { body } = pageOf({
    version: hostile,
    certificates: [
      { role: hostile, holder: hostile, subject: hostile, thumbprint: hostile, notAfter: 0 },
    ],
    clients: [{ method: hostile, count: 1 }],
    store: { engine: hostile },
    tokenService: { kind: 'embedded', issuer: hostile },
    lastReload: { at: 0, result: 'refused', problems: [hostile] },
    readiness: { ready: false, checks: { [hostile]: hostile } },
  });
  assert.doesNotMatch(body, /<script|alert\('x'\)/);
  assert.ok(body.includes('&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;'));
});

test('a reload that was refused is told with its problems, in lines of their own', () => {
  const problems = ['config.yaml:1:2 one', 'config.yaml:3:4 two'];
  const { body } = pageOf({ lastReload: { at: Date.now(), result: 'refused', problems } });
  assert.match(
    body,
    /refused[^]*just now[^]*<pre>config\.yaml:1:2 one\nconfig\.yaml:3:4 two<\/pre>/,
  );
  assert.match(
    pageOf({ lastReload: { at: 0, result: 'reloaded', problems: [] } }).body,
    /in force/,
  );
  assert.match(pageOf().body, /None since the start/);
});

test('what keeps the gateway from being ready stands at the top and in the title', () => {
  const { body } = pageOf({ readiness: { ready: false, checks: { store: 'gone', other: 'ok' } } });
  assert.match(body, /<title>NOT READY · certbound<\/title>/);
  assert.match(body, /not ready<\/span\s*><span>store: gone<\/span>/);
});

test('however much there is, the page stays of a size that can be read', () => {
  const [certificate] = statusReport().certificates;
  const [listener] = statusReport().listeners;
  assert.ok(certificate && listener);
  const { body } = pageOf({
    certificates: Array.from({ length: 10_000 }, () => certificate),
    listeners: Array.from({ length: 1_000 }, () => listener),
    lastReload: { at: 0, result: 'refused', problems: Array.from({ length: 1_000 }, () => 'x') },
  });
  assert.match(body, /and 9\u2009988 that end later/);
  assert.ok(body.length < 150_000, `${body.length} characters`);
});

test('numbers and times are told as people tell them', () => {
  assert.deepEqual([0, 999, 59_000, 65_000, 3_600_000, 90_000_000, 9.5 * 86_400_000].map(span), [
    '0 s',
    '0 s',
    '59 s',
    '1 min 5 s',
    '1 h',
    '1 d 1 h',
    '9 d',
  ]);
  assert.deepEqual(
    [ago(undefined, 5), ago(5_000, 5_000), ago(0, 5_000)],
    ['never', 'just now', '5 s ago'],
  );
  assert.deepEqual(
    [percent(1, 0), percent(0, 9), percent(1, 40), percent(1, 3)],
    ['–', '0 %', '2.5 %', '33 %'],
  );
  assert.deepEqual(
    [count(999), count(1_234_567), plural(1, 'CA'), plural(2, 'CA')],
    ['999', '1\u2009234\u2009567', '1 CA', '2 CAs'],
  );
});

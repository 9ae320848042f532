import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { parse } from 'yaml';

import { promtool, withoutPrometheus } from '../support/promtool.ts';

interface AlertCase {
  /** Time since the start of the series. */
  readonly at: string;
  /** Those of the alert beside its severity. */
  readonly labels: Readonly<Record<string, string>>;
  /** Values a minute, in the notation of `promtool test rules`. */
  readonly fires: Readonly<Record<string, string>>;
  readonly quiet: Readonly<Record<string, string>>;
}

interface Rule {
  readonly alert: string;
  readonly labels: { readonly severity: string };
}

const RULES = join(import.meta.dirname, '../../deploy/prometheus/certbound-rules.yml');
const CASES = parse(readFileSync(join(import.meta.dirname, 'alert-cases.yaml'), 'utf8')) as Record<
  string,
  AlertCase
>;
const { groups } = parse(readFileSync(RULES, 'utf8')) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
};
const ALERTS = groups.flatMap(({ rules }) => rules);

test('every alert has a case in which it fires and one in which it does not', () => {
  assert.deepEqual(
    Object.keys(CASES),
    ALERTS.map(({ alert }) => alert),
  );
});

test(
  'promtool takes configuration and rules as they are shipped',
  { skip: withoutPrometheus },
  () => {
    const folder = join(RULES, '..');
    const { code, said } = promtool(
      ['check', 'config', '--lint=all', '--lint-fatal', 'prometheus.yml'],
      { folder },
    );
    assert.equal(code, 0, said);
  },
);

for (const { alert, labels } of ALERTS) {
  for (const state of ['fires', 'quiet'] as const) {
    test(
      `${alert} ${state === 'fires' ? 'fires' : 'stays quiet'}`,
      { skip: withoutPrometheus },
      (t) => {
        const found = CASES[alert];
        assert.ok(found);
        const folder = mkdtempSync(join(tmpdir(), 'certbound-alert-'));
        t.after(() => rmSync(folder, { recursive: true }));
        const series = Object.entries(found[state]).map(([name, values]) => ({
          series: name,
          values,
        }));
        // Counted as what Prometheus would send on: an alert that waits is none yet.
        const expr = `sum by (alertname, severity, ${Object.keys(found.labels).join(', ')}) (ALERTS{alertname="${alert}",alertstate="firing"})`;
        const all = { alertname: alert, ...labels, ...found.labels };
        const text = Object.entries(all)
          .map(([name, value]) => `${name}="${value}"`)
          .join(', ');
        const samples = state === 'fires' ? [{ labels: `{${text}}`, value: 1 }] : [];
        const file = join(folder, 'test.yml');
        writeFileSync(
          file,
          // JSON is YAML.
          JSON.stringify({
            rule_files: [RULES],
            tests: [
              {
                interval: '1m',
                input_series: series,
                promql_expr_test: [{ expr, eval_time: found.at, exp_samples: samples }],
              },
            ],
          }),
        );
        const { code, said } = promtool(['test', 'rules', file]);
        assert.equal(code, 0, said);
      },
    );
  }
}

test('docs/observing.md says of every alert what to do', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/observing.md'), 'utf8');
  const documented = new Set([...text.matchAll(/`(Certbound\w+)`/g)].map(([, name]) => name));
  assert.deepEqual(documented, new Set(ALERTS.map(({ alert }) => alert)));
});

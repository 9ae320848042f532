import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { createMetrics } from '../../src/telemetry/metrics.ts';
import { promtool, withoutPrometheus } from '../support/promtool.ts';

const PROJECT = new URL('../../', import.meta.url);
const read = (path: string) => readFile(new URL(path, PROJECT), 'utf8');

interface Target {
  readonly expr: string;
}
interface Panel {
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly Target[];
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
}
interface Dashboard {
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly Target[] };
  readonly templating: { readonly list: readonly { readonly query: unknown }[] };
}

async function dashboard(): Promise<Dashboard> {
  return JSON.parse(await read('deploy/grafana/certbound.json')) as Dashboard;
}

/** The names of a text that look like ours, without what a histogram adds to them. */
function metricsIn(text: string): ReadonlySet<string> {
  const names = text.match(/\b(?:certbound|nodejs|process)_[a-z0-9_]+/g) ?? [];
  return new Set(names.map((name) => name.replace(/_bucket$/, '')));
}

/** Where a label is grouped by, shown or asked for. */
const LABELS =
  /\bby \(([a-z_, ]+)\)|\{\{ ?(?:\$labels\.)?([a-z_]+) ?\}\}|[{,]([a-z_]+)(?:=~|!~|!=|=)\\?"/g;

test('dashboard and alerts name no metric and no label that there is not', async (t) => {
  const metrics = createMetrics({ version: '0.0.0' });
  t.after(() => metrics.close());
  const known = new Map(metrics.catalogue().map(({ name, labels }) => [name, labels]));
  const labels = new Set([...known.values()].flat());
  for (const label of ['le', 'job', 'instance']) labels.add(label);
  for (const file of ['deploy/grafana/certbound.json', 'deploy/prometheus/certbound-rules.yml']) {
    const text = await read(file);
    const unknown = [...metricsIn(text)].filter((name) => !known.has(name));
    assert.deepEqual(unknown, [], file);
    const named = [...text.matchAll(LABELS)].flatMap(([, by = '', shown = '', asked = '']) =>
      `${by},${shown},${asked}`.split(','),
    );
    const foreign = named
      .map((name) => name.trim())
      .filter((name) => name !== '' && !labels.has(name));
    assert.deepEqual(foreign, [], file);
  }
});

test('the dashboard shows every metric of the gateway itself', async () => {
  const shown = metricsIn(JSON.stringify(await dashboard()));
  const metrics = createMetrics({ version: '0.0.0' });
  metrics.close();
  const own = metrics.catalogue().filter(({ name }) => name.startsWith('certbound_'));
  assert.deepEqual(
    own.map(({ name }) => name).filter((name) => !shown.has(name)),
    [],
  );
});

test('the panels of the dashboard lie on its grid and cover nothing', async () => {
  const taken = new Map<string, string>();
  for (const { title, gridPos } of (await dashboard()).panels) {
    assert.ok(gridPos.x + gridPos.w <= 24, title);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        assert.equal(taken.get(`${x},${y}`), undefined, title);
        taken.set(`${x},${y}`, title);
      }
    }
  }
});

test(
  'Prometheus understands every question of the dashboard',
  { skip: withoutPrometheus },
  async (t) => {
    const { panels, annotations } = await dashboard();
    const asked = [...panels.flatMap(({ targets = [] }) => targets), ...annotations.list];
    assert.ok(asked.length > 20);
    const rules = asked.map(({ expr }, index) => ({
      record: `question_${index}`,
      expr: expr.replaceAll('$__rate_interval', '5m'),
    }));
    const folder = await mkdtemp(join(tmpdir(), 'certbound-dashboard-'));
    t.after(() => rm(folder, { recursive: true }));
    const file = join(folder, 'questions.yml');
    // JSON is YAML.
    await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    const { code, said } = promtool(['check', 'rules', file]);
    assert.equal(code, 0, said);
  },
);

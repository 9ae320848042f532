import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { parse } from 'yaml';
import { z } from 'zod';

import { checkLaidOut, mintedFiles } from '../support/deployment.ts';

const PROJECT = join(import.meta.dirname, '../..');
const CHART = join(PROJECT, 'deploy/helm/certbound');
const read = (name: string) => readFileSync(join(CHART, name), 'utf8');

interface Values {
  readonly config: string;
  readonly files: readonly {
    readonly secret: string;
    readonly items: readonly { readonly key: string; readonly path: string }[];
  }[];
  readonly preStopSeconds: number;
  readonly terminationGracePeriodSeconds: number;
}

interface ObjectSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, ObjectSchema>>;
}

const values = parse(read('values.yaml')) as Values;
const schema = JSON.parse(read('values.schema.json')) as ObjectSchema;
const templates = readdirSync(join(CHART, 'templates')).map((name) => ({
  name,
  text: read(`templates/${name}`),
}));
const allTemplates = templates.map(({ text }) => text).join('\n');

/** Dotted paths of values; what the schema leaves open (labels, resources) is one value. */
function pathsOf(schemaOf: ObjectSchema, before = ''): readonly string[] {
  return Object.entries(schemaOf.properties ?? {}).flatMap(([name, each]) =>
    each.properties === undefined ? [before + name] : pathsOf(each, `${before}${name}.`),
  );
}

function valueAt(path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], values);
}

const secretKeys: Readonly<Record<string, string>> = {
  'certbound-server/tls.crt': 'server.pem',
  'certbound-server/tls.key': 'server-key.pem',
  'certbound-client-ca/ca.crt': 'client-ca.pem',
  'certbound-secrets/resource-server': 'resource-server',
};

test('the values of the chart fit their schema, and others do not', () => {
  const taken = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  assert.deepEqual(taken.safeParse(values).error?.issues ?? [], []);
  for (const wrong of [{ replica: 2 }, { replicas: 0 }, { config: '' }, { image: {} }]) {
    assert.equal(taken.safeParse({ ...values, ...wrong }).success, false, JSON.stringify(wrong));
  }
});

test('every value of the schema is documented and used, and no other is used', () => {
  const known = pathsOf(schema).filter((path) => path !== 'global');
  const used = new Set(
    [...allTemplates.matchAll(/\.Values\.([\w.]+)/g)].map(([, path = '']) => path),
  );
  for (const path of known) {
    assert.notEqual(valueAt(path), undefined, `${path} is not in values.yaml`);
    assert.ok(used.has(path), `${path} is used by no template`);
  }
  assert.deepEqual(
    [...used].filter((path) => !known.includes(path)),
    [],
  );
});

test('the templates close what they open and include what is defined', () => {
  for (const { name, text } of templates) {
    const actions = [...text.matchAll(/\{\{-?\s*(.*?)\s*-?\}\}/gs)].map(
      ([, action = '']) => action,
    );
    assert.equal(actions.length, text.split('{{').length - 1, `${name}: braces`);
    const opened = actions.filter((action) => /^(if|with|range|define)\b/.test(action));
    const closed = actions.filter((action) => action === 'end');
    assert.equal(opened.length, closed.length, `${name}: ends`);
  }
  const defined = [...allTemplates.matchAll(/define "([^"]+)"/g)].map(([, name]) => name);
  const included = [...allTemplates.matchAll(/include "([^"]+)"/g)].map(([, name]) => name);
  assert.deepEqual(new Set(included), new Set(defined));
});

test('the configuration of the chart passes check with its files and leaves time to end', async (t) => {
  const minted = await mintedFiles();
  const files = values.files.flatMap(({ secret, items }) =>
    items.map(({ key, path }) => [path, minted[secretKeys[`${secret}/${key}`] ?? ''] ?? '']),
  );
  const laid = { 'config.yaml': values.config, ...Object.fromEntries(files) };
  const config = await checkLaidOut(t, laid as Record<string, string>);
  const { preStopSeconds: waits, terminationGracePeriodSeconds: grace } = values;
  assert.ok(grace * 1_000 > waits * 1_000 + config.shutdown.drain_timeout);
});

test('the chart gives its pods what the kustomization gives them', () => {
  const ours = read('templates/deployment.yaml');
  const theirs = readFileSync(join(PROJECT, 'deploy/kubernetes/base/deployment.yaml'), 'utf8');
  for (const part of [
    /( +)startupProbe:[^]*?(?=\n +lifecycle:)/,
    /( +)securityContext:\n +allow[^]*?ALL\]/,
  ]) {
    const withoutComments = (text: string) =>
      (part.exec(text)?.[0] ?? text).replaceAll(/ +#.*\n/g, '');
    assert.equal(withoutComments(ours), withoutComments(theirs));
  }
  for (const line of ['runAsNonRoot: true', 'runAsUser: 10001', 'fsGroup: 10001']) {
    assert.ok(ours.includes(line) && theirs.includes(line), line);
  }
});

test('the chart installs the version that it stands beside', () => {
  const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  const chart = parse(read('Chart.yaml')) as Readonly<Record<string, unknown>>;
  assert.equal(chart['appVersion'], version);
  assert.equal(chart['apiVersion'], 'v2');
  const kustomization = readFileSync(
    join(PROJECT, 'deploy/kubernetes/base/kustomization.yaml'),
    'utf8',
  );
  assert.match(kustomization, new RegExp(`newTag: ${version}$`, 'm'));
});

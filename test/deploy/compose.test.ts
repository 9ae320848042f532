import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { parse } from 'yaml';

import { createRedisStore } from '../../src/store/redis.ts';
import { parseDuration } from '../support/duration.ts';
import { checkLaidOut, commandsOf, mintedFiles } from '../support/deployment.ts';
import type { Files } from '../support/deployment.ts';
import { startRedis, withoutRedis } from '../support/redis-server.ts';

const PROJECT = join(import.meta.dirname, '../..');
const FOLDER = join(PROJECT, 'deploy/compose');
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8');

interface Service {
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly read_only?: boolean;
  readonly command?: readonly string[];
  readonly stop_grace_period?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

interface Composition {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, unknown>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, { readonly file: string }>>;
}

const NAMES = ['compose.yaml', 'compose.redis.yaml'] as const;
const [plain, redis] = NAMES.map((name) => parse(read(name)) as Composition);
const guide = readFileSync(join(PROJECT, 'docs/deploying.md'), 'utf8');

/** Files and folders that the guide has people put there. */
const MADE_BY_PEOPLE = ['./certs', './secrets', './grafana/admin-password'];

/** Sources of mounts: paths of this machine, and names of volumes. */
function sources({ services, secrets = {} }: Composition): readonly string[] {
  const mounts = Object.values(services).flatMap(({ volumes = [] }) => volumes);
  return [...mounts.map((mount) => mount.split(':')[0] ?? ''), ...filesOf(secrets)];
}

function filesOf(secrets: Readonly<Record<string, { readonly file: string }>>): readonly string[] {
  return Object.values(secrets).map(({ file }) => file);
}

async function deployed(configName: string): Promise<Files> {
  const minted = await mintedFiles();
  return {
    'config.yaml': read(configName),
    'certs/server.pem': minted['server.pem'] ?? '',
    'certs/server-key.pem': minted['server-key.pem'] ?? '',
    'certs/client-ca.pem': minted['client-ca.pem'] ?? '',
    'secrets/resource-server': minted['resource-server'] ?? '',
  };
}

for (const [index, composition] of [plain, redis].entries()) {
  test(`${NAMES[index]} mounts what is there, or what the guide says to put there`, () => {
    assert.ok(composition !== undefined);
    for (const source of sources(composition)) {
      if (MADE_BY_PEOPLE.includes(source)) continue;
      if (source.startsWith('.')) assert.ok(existsSync(join(FOLDER, source)), source);
      else assert.ok(Object.hasOwn(composition.volumes ?? plain?.volumes, source), source);
    }
    const networks = { ...plain?.networks, ...composition.networks };
    for (const { networks: joined = [] } of Object.values(composition.services)) {
      for (const network of joined) assert.ok(Object.hasOwn(networks, network), network);
    }
  });
}

test('the guide makes each file that compose takes and the project does not have', () => {
  const commands = commandsOf(guide, '## Compose').join('\n');
  for (const place of MADE_BY_PEOPLE) assert.ok(commands.includes(place.slice(2)), place);
  const ignored = read('.gitignore');
  for (const place of MADE_BY_PEOPLE) assert.ok(ignored.includes(place.slice(1)), place);
});

test('the configuration of compose is sound and leaves time to end', async (t) => {
  const config = await checkLaidOut(t, await deployed('config.yaml'));
  const { certbound, prometheus } = plain?.services ?? {};
  assert.deepEqual(certbound?.ports, [`9443:${config.listeners[0]?.address.port}`]);
  assert.ok(config.shutdown.drain_timeout < parseDuration(certbound?.stop_grace_period));
  assert.equal(certbound?.read_only, true);
  assert.ok(prometheus?.networks?.includes('metrics'));
});

test('the configuration with Redis differs in its store alone', async (t) => {
  const [url = ''] = Object.values(redis?.services['certbound']?.environment ?? {});
  const env = { CERTBOUND_REDIS_URL: url.replace('${REDIS_PASSWORD:?}', 'secret') };
  const withRedis = await checkLaidOut(t, await deployed('config-redis.yaml'), env);
  assert.equal(withRedis.store.engine, 'redis');
  const others = (name: string) => ({ ...(parse(read(name)) as object), store: undefined });
  assert.deepEqual(others('config-redis.yaml'), others('config.yaml'));
});

test('the Redis of compose forgets nothing', { skip: withoutRedis }, async (t) => {
  const [, ...settings] = redis?.services['redis']?.command ?? [];
  const own = settings.map((word) => word.replace('${REDIS_PASSWORD:?}', 'secret'));
  const server = await startRedis((clean) => t.after(clean), ['--appendonly', 'no', ...own]);
  const url = server.url.replace('redis://', 'redis://:secret@');
  const told: string[] = [];
  const store = await createRedisStore({
    url,
    maxRecords: 10,
    timeoutMs: 5_000,
    events: (text) => void told.push(text),
  });
  t.after(() => store.close());
  assert.deepEqual(told, []);
  assert.ok(own.join(' ').includes('--appendfsync always --maxmemory-policy noeviction'));
});

test('Prometheus watches the gateway of compose by the shipped configuration', () => {
  const withoutTarget = (text: string) => text.replace(/targets: \[.*\]/, '');
  const shipped = readFileSync(join(PROJECT, 'deploy/prometheus/prometheus.yml'), 'utf8');
  const own = read('prometheus.yml');
  assert.deepEqual(parse(withoutTarget(own)), parse(withoutTarget(shipped)));
  assert.match(own, /targets: \['certbound:9464'\]/);
});

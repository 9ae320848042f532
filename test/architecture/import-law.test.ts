import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

const SOURCE = join(import.meta.dirname, '../../src');

/** Which room may import which; keep in step with docs/architecture.md. */
const LAW: Readonly<Record<string, readonly string[]>> = {
  reasons: [],
  errors: ['reasons'],
  http: ['errors'],
  telemetry: ['errors'],
  store: ['errors'],
  limits: ['errors'],
  certificate: ['errors'],
  users: ['errors', 'http'],
  config: ['errors', 'certificate', 'users'],
  demo: ['errors', 'certificate'],
  import: ['errors'],
  fetch: ['errors', 'http'],
  trust: ['errors', 'certificate', 'fetch'],
  clients: ['errors', 'certificate', 'fetch'],
  explain: ['errors', 'certificate', 'clients', 'trust'],
  bindings: ['errors', 'certificate', 'store'],
  upstream: ['errors', 'http'],
  oauth: ['errors', 'certificate', 'http', 'trust', 'clients', 'bindings', 'upstream'],
  gateway: ['errors', 'certificate', 'http', 'trust', 'oauth', 'upstream', 'limits', 'telemetry'],
  listener: ['errors', 'http', 'certificate', 'limits', 'telemetry'],
  'token-service': ['errors', 'http', 'store'],
  management: ['errors', 'http', 'telemetry'],
};

/** The rooms that put the others together; they may import anything but each other's callers. */
const ROOTS: Readonly<Record<string, readonly string[]>> = {
  server: [...Object.keys(LAW), 'version'],
  workers: ['config', 'listener', 'server', 'management', 'telemetry', 'errors', 'version'],
  commands: [
    'config',
    'server',
    'workers',
    'demo',
    'import',
    'explain',
    'certificate',
    'users',
    'errors',
    'version',
  ],
  main: ['commands', 'errors', 'version'],
  version: [],
};

/** Each package is known to one room, so that it can be replaced there. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  undici: ['fetch'],
  'http-proxy': ['upstream'],
  pkijs: ['certificate'],
  asn1js: ['certificate'],
  yaml: ['config'],
  zod: ['config'],
  'prom-client': ['telemetry'],
  '@opentelemetry/api': ['telemetry'],
  'oidc-provider': ['token-service'],
  jose: ['oauth', 'token-service'],
  pg: ['store'],
  '@redis/client': ['store'],
  'smol-toml': ['import'],
  sax: ['import'],
};

interface Import {
  readonly file: string;
  readonly room: string;
  readonly target: string;
}

function roomOf(file: string): string {
  const [first = ''] = relative(SOURCE, file).split('/');
  return first.replace(/\.ts$/, '');
}

function imports(): readonly Import[] {
  const found: Import[] = [];
  for (const entry of readdirSync(SOURCE, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const file = join(entry.parentPath, entry.name);
    const text = readFileSync(file, 'utf8');
    for (const match of text.matchAll(/(?<!['.])\b(?:from|import)\s*\(?\s*'([^']+)'/g)) {
      found.push({ file, room: roomOf(file), target: match[1] ?? '' });
    }
  }
  return found;
}

test('every room imports only the rooms that the import law allows it', () => {
  const broken = imports()
    .filter(({ target }) => target.startsWith('.'))
    .map((found) => ({ ...found, to: join(dirname(found.file), found.target) }))
    .filter(({ room, to }) => {
      const target = roomOf(to);
      const isSchemaType = relative(SOURCE, to) === 'config/schema.ts';
      const allowed = LAW[room] ?? ROOTS[room];
      return target !== room && !isSchemaType && allowed?.includes(target) !== true;
    })
    .map(({ file, target }) => `${relative(SOURCE, file)} imports ${target}`);
  assert.deepEqual(broken, []);
});

test('only types of the configuration schema travel outside config', () => {
  const broken: string[] = [];
  for (const { file, room, target } of imports()) {
    if (!target.endsWith('config/schema.ts') || ['config', 'server'].includes(room)) continue;
    const text = readFileSync(file, 'utf8');
    if (!new RegExp(`import type [^;]*'${target.replaceAll('.', '\\.')}'`).test(text)) {
      broken.push(relative(SOURCE, file));
    }
  }
  assert.deepEqual(broken, []);
});

test('every package is imported by the rooms that own it and by no other', () => {
  const broken = imports()
    .filter(({ target }) => !target.startsWith('.') && !target.startsWith('node:'))
    .filter(({ room, target }) => PACKAGES[target]?.includes(room) !== true)
    .map(({ file, target }) => `${relative(SOURCE, file)} imports ${target}`);
  assert.deepEqual(broken, []);
});

test('every room of the source tree is named in the import law', () => {
  const rooms = readdirSync(SOURCE).map((name) => name.replace(/\.ts$/, ''));
  const unknown = rooms.filter((room) => !(room in LAW) && !(room in ROOTS));
  assert.deepEqual(unknown, []);
});

test('no source file is longer than 250 lines', () => {
  const long: string[] = [];
  for (const entry of readdirSync(SOURCE, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const file = join(entry.parentPath, entry.name);
    const lines = readFileSync(file, 'utf8').split('\n').length;
    if (lines > 250) long.push(relative(SOURCE, file));
  }
  assert.deepEqual(long, []);
});

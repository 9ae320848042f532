import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { checkLaidOut, commandsOf, laidOut } from '../support/deployment.ts';
import { withoutOpenssl } from '../support/workshop.ts';

const PROJECT = join(import.meta.dirname, '../..');
const guide = readFileSync(join(PROJECT, 'docs/deploying.md'), 'utf8');
const compose = readFileSync(join(PROJECT, 'deploy/compose/config.yaml'), 'utf8');

test(
  'the files that the guide makes pass check where compose takes them',
  { skip: withoutOpenssl },
  async (t) => {
    const root = await laidOut(t, { 'deploy/compose/grafana/keep': '' });
    // All but the last line, which needs an engine.
    const steps = [
      ...commandsOf(guide, '# Deploying'),
      ...commandsOf(guide, '## Compose').slice(0, 5),
    ];
    assert.doesNotMatch(steps.join('\n'), /docker/);
    const { status, stderr } = spawnSync('sh', ['-ec', steps.join('\n')], {
      cwd: root,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    const at = (name: string) => readFileSync(join(root, 'deploy/compose', name), 'utf8');
    assert.match(at('grafana/admin-password'), /^[0-9a-f]{64}\n$/);
    const names = ['server.pem', 'server-key.pem', 'client-ca.pem'].map((name) => `certs/${name}`);
    const files = [...names, 'secrets/resource-server'].map((name) => [name, at(name)]);
    await checkLaidOut(t, { 'config.yaml': compose, ...Object.fromEntries(files) });
  },
);

test('every file of the project that the guide names is there', () => {
  const commands = [...guide.matchAll(/^```sh\n(.*?)^```$/gms)]
    .map(([, block]) => block)
    .join('\n');
  const paths = [
    ...[...guide.matchAll(/\]\((?:\.\.\/)([^)#]+)/g)].map(([, path = '']) => path),
    ...[...guide.matchAll(/\]\(([\w-]+\.md)/g)].map(([, path = '']) => `docs/${path}`),
    ...[...commands.matchAll(/\bdeploy\/[\w./-]+/g)].map(([path]) => path),
  ];
  assert.ok(paths.length > 10);
  for (const path of paths) assert.ok(existsSync(join(PROJECT, path)), path);
});

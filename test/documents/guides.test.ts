import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

import { folderWith } from '../commands/run-certbound.ts';
import { withoutCurl } from '../gateway/curl.ts';
import { freePort } from '../support/free-port.ts';
import { startSecretServer } from '../support/secret-server.ts';
import { untilSays } from '../support/program-output.ts';
import { createWorkshop } from '../support/workshop.ts';
import { runCurlCommands, transcriptOf } from './console.ts';
import { mintGuideFiles, readExample, startGuideGateway } from './guide-gateway.ts';
import type { GuideFiles } from './guide-gateway.ts';

const DOCS = new URL('../../docs/guides/', import.meta.url);
const EXAMPLES = new URL('../../deploy/examples/guides/', import.meta.url);

const examples = await readdir(EXAMPLES);
const guides = (await readdir(DOCS)).filter((name) => name !== 'README.md');

function readGuide(name: string): Promise<string> {
  return readFile(new URL(name, DOCS), 'utf8');
}

test('every guide has a configuration, and every configuration a guide', () => {
  const names = (files: readonly string[], suffix: string) =>
    files.filter((file) => file.endsWith(suffix)).map((file) => file.slice(0, -suffix.length));
  assert.deepEqual(names(examples, '.yaml').toSorted(), names(guides, '.md').toSorted());
});

for (const example of examples) {
  test(`the guide shows ${example} as it is`, async () => {
    const guide = await readGuide(example.replace(/\.\w+$/, '.md'));
    const blocks = [...guide.matchAll(/^```(?:yaml|js)\n(.*?)^```$/gms)].map(([, text]) => text);
    assert.ok(blocks.includes(await readExample(example)), 'copy the file into the page');
  });
}

for (const example of examples.filter((name) => name.endsWith('.yaml'))) {
  test(`a gateway starts with ${example}`, async (t) => {
    const gateway = await startGuideGateway(await readExample(example), await mintGuideFiles());
    t.after(() => gateway.close());
    const ready = await fetch(`http://127.0.0.1:${gateway.managementPort}/readyz`);
    assert.equal(ready.status, 200);
  });
}

/** Runs the commands of the page in a folder that has the files of its clients. */
async function runGuide(
  t: TestContext,
  { page, minted, port }: { page: string; minted: GuideFiles; port: number },
) {
  const { folder, write } = createWorkshop((clean) => t.after(clean));
  for (const name of ['payments', 'reports', 'accounts'] as const) {
    write(`${name}.pem`, minted[name].certificatePem);
    write(`${name}-key.pem`, minted[name].privateKeyPem);
  }
  const ca = write('ca.pem', minted.serverCa);
  const curlOptions = `--cacert ${ca} --connect-to login.bank.example:443:127.0.0.1:${port}`;
  return runCurlCommands(transcriptOf(await readGuide(page)), { folder, curlOptions });
}

test(
  'the commands of secret-only.md print what it says, before a server that knows secrets alone',
  { skip: withoutCurl },
  async (t) => {
    const server = await startSecretServer({
      clients: Object.fromEntries(
        ['payments', 'reports', 'accounts-api'].map((id) => [id, `secret of ${id}`]),
      ),
      issued: () => ({ expires_in: 600 }),
      told: ({ clientId }) => ({ client_id: clientId }),
    });
    t.after(() => server.close());
    const minted = await mintGuideFiles();
    const gateway = await startGuideGateway(
      await readExample('secret-only.yaml'),
      minted,
      server.url,
    );
    t.after(() => gateway.close());
    const outcomes = await runGuide(t, { page: 'secret-only.md', minted, port: gateway.port });
    assert.ok(outcomes.length > 3);
    for (const { command, shown, got } of outcomes) assert.deepEqual(got, shown, command);
  },
);

test(
  'the server and the commands of node-oidc-provider.md do what it says',
  { skip: withoutCurl },
  async (t) => {
    const minted = await mintGuideFiles();
    const folder = await folderWith(t, {});
    await mkdir(join(folder, 'clients'));
    await writeFile(join(folder, 'clients/payments.pem'), minted.payments.certificatePem);
    const file = fileURLToPath(new URL('node-oidc-provider.mjs', EXAMPLES));
    const port = await freePort();
    const server = spawn(process.execPath, [file, String(port)], { cwd: folder, env: {} });
    t.after(() => server.kill('SIGKILL'));
    await untilSays(server, 'stdout', 'listening on');
    const gateway = await startGuideGateway(
      await readExample('node-oidc-provider.yaml'),
      minted,
      `http://127.0.0.1:${port}`,
    );
    t.after(() => gateway.close());
    const page = 'node-oidc-provider.md';
    const outcomes = await runGuide(t, { page, minted, port: gateway.port });
    assert.ok(outcomes.length > 3);
    for (const { command, shown, got } of outcomes) assert.deepEqual(got, shown, command);
  },
);

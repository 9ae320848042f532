import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { readCertificates } from '../../src/certificate/pem.ts';
import { thumbprintOf } from '../../src/certificate/thumbprint.ts';
import { folderWith, serveCertbound } from '../commands/run-certbound.ts';
import { withoutCurl } from '../gateway/curl.ts';
import { freePort } from '../support/free-port.ts';
import { isMissing, withoutOpenssl } from '../support/workshop.ts';
import { runCurlCommands, transcriptOf } from './console.ts';
import { mintGuideFiles, startGuideGateway } from './guide-gateway.ts';

const PROJECT = new URL('../../', import.meta.url);
const readme = await readFile(new URL('README.md', PROJECT), 'utf8');
const withoutBasenc = isMissing('basenc', '--version');

test(
  'the demo prints for the commands of the README what it says',
  { skip: withoutCurl },
  async (t) => {
    const port = await freePort();
    const text = (await readFile(new URL('config.yaml', PROJECT), 'utf8'))
      .replace('127.0.0.1:9443', `127.0.0.1:${port}`)
      .replace('127.0.0.1:9464', '127.0.0.1:0');
    const folder = await folderWith(t, { 'config.yaml': text });
    const { printed } = serveCertbound(t, ['start'], { folder, timeoutMs: 120_000 });
    await printed(/certbound is ready/);
    const curlOptions = `--connect-to localhost:9443:127.0.0.1:${port}`;
    const transcript = transcriptOf(readme);
    const outcomes = await runCurlCommands(transcript, { folder, curlOptions });
    assert.equal(outcomes.length, 3);
    for (const { command, shown, got } of outcomes) assert.deepEqual(got, shown, command);

    await t.test(
      'openssl finds the thumbprint',
      { skip: withoutOpenssl || withoutBasenc },
      async () => {
        const openssl = transcript.find(({ command }) => command.startsWith('openssl '));
        const run = promisify(execFile)('sh', ['-c', openssl?.command ?? 'false'], { cwd: folder });
        const [der = new Uint8Array()] = readCertificates(
          await readFile(join(folder, 'certs/demo/client.pem'), 'utf8'),
        );
        assert.equal((await run).stdout.trim(), thumbprintOf(der));
      },
    );
  },
);

test('a gateway starts with the configuration of the README', async (t) => {
  const [, block = ''] = /^ *```yaml\n(.*?)^ *```$/ms.exec(readme) ?? [];
  const configuration = block.replaceAll(/^ {3}/gm, '');
  const gateway = await startGuideGateway(configuration, await mintGuideFiles());
  t.after(() => gateway.close());
  const ready = await fetch(`http://127.0.0.1:${gateway.managementPort}/readyz`);
  assert.equal(ready.status, 200);
});

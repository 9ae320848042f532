import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import type { RequestOptions } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { connect } from 'node:tls';

import { selfSigned } from '../support/pki.ts';
import {
  DEMO_CONFIG,
  folderWith,
  runCertbound,
  serveCertbound,
  serveUnderNpm,
} from './run-certbound.ts';

/** The end of the printed commands; a log line may follow in the same moment. */
const READY = /token=…\n\n/;

async function post(url: string, options: RequestOptions, body: string): Promise<string> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const sent = request(url, { method: 'POST', agent: false, headers, ...options });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [NodeJS.ReadableStream];
  return text(answer);
}

test('a demo prints commands that work as they are printed', async (t) => {
  const folder = await folderWith(t, { 'config.yaml': DEMO_CONFIG });
  const served = serveCertbound(t, ['start'], { folder });
  const printed = await served.printed(READY);
  assert.match(printed, /^made in pki: /);

  const [, ca = '', cert = '', key = '', tokenUrl = '', form = ''] =
    /curl --cacert (\S+) --cert (\S+) --key (\S+) \\\n +(\S+) -d '([^']+)'\n/.exec(printed) ?? [];
  const [, sameCa, user = '', introspectionUrl = '', tokenForm = ''] =
    /curl --cacert (\S+) -u (\S+) (\S+) -d (\S+)\n/.exec(printed) ?? [];
  assert.equal(sameCa, ca);
  const file = (name: string) => readFile(join(folder, name));

  const tls = { ca: await file(ca), cert: await file(cert), key: await file(key) };
  const { access_token: token } = JSON.parse(await post(tokenUrl, tls, form)) as {
    access_token: string;
  };
  const body = tokenForm.replace('…', token);
  const found: unknown = JSON.parse(
    await post(introspectionUrl, { ca: await file(ca), auth: user }, body),
  );
  const { stdout } = await runCertbound(['thumbprint', cert], { folder });
  const [, thumbprint] = /x5t#S256 +(\S+)/.exec(stdout) ?? [];
  assert.partialDeepStrictEqual(found, {
    active: true,
    client_id: 'demo-client',
    cnf: { 'x5t#S256': thumbprint },
  });
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} ends it with exit code 0, also when it arrives twice in a row`, async (t) => {
    const folder = await folderWith(t, { 'config.yaml': DEMO_CONFIG });
    const served = serveCertbound(t, ['start'], { folder });
    await served.printed(READY);
    served.child.kill(signal);
    served.child.kill(signal);
    const { code, stderr } = await served.ended;
    assert.equal(code, 0);
    assert.equal(stderr, '');
  });
}

test('SIGHUP reads the configuration anew, and one with a mistake leaves it serving', async (t) => {
  const config = `${DEMO_CONFIG}\nreload: {watch: false}\n`;
  const folder = await folderWith(t, { 'config.yaml': config });
  const served = serveCertbound(t, ['start'], { folder });
  await served.printed(READY);
  await writeFile(join(folder, 'config.yaml'), `${config}jwks: {timeout: 3s}\n`);
  served.child.kill('SIGHUP');
  await served.printed(/jwks\.timeout.*configuration reloaded/);
  await writeFile(join(folder, 'config.yaml'), `${config}jwks: {timeout: soon}\n`);
  served.child.kill('SIGHUP');
  await served.printed(/config\.yaml:\d+:\d+.*reload refused/);
  served.child.kill('SIGTERM');
  const { code, stderr } = await served.ended;
  assert.deepEqual([code, stderr], [0, '']);
});

test('under npm the end of the shell in between ends it, too', async (t) => {
  const folder = await folderWith(t, { 'config.yaml': DEMO_CONFIG });
  const served = serveUnderNpm(t, ['start'], { folder });
  await served.printed(READY);
  served.child.kill('SIGTERM');
  // Settles when nobody holds the other end of its output any more.
  const { code, stderr } = await served.ended;
  assert.equal(code, null);
  assert.equal(stderr, '');
});

test('a second signal ends it at once while a request is still open', async (t) => {
  const folder = await folderWith(t, { 'config.yaml': DEMO_CONFIG });
  const served = serveCertbound(t, ['start'], { folder });
  const printed = await served.printed(READY);
  const port = Number(/ready at https:\/\/localhost:(\d+)/.exec(printed)?.[1]);
  const socket = connect({
    port,
    host: '127.0.0.1',
    servername: 'localhost',
    ca: await readFile(join(folder, 'pki', 'ca.pem')),
  });
  t.after(() => socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  // Half a request, of which the program says that it waits for the rest.
  socket.write(
    'POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n' +
      'Content-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\n\r\n',
  );
  const [continued] = (await once(socket, 'data')) as [Buffer];
  assert.match(continued.toString(), /^HTTP\/1\.1 100 /);

  served.child.kill('SIGTERM');
  const again = setInterval(() => served.child.kill('SIGTERM'), 50);
  t.after(() => clearInterval(again));
  const { code } = await served.ended;
  assert.equal(code, 1);
});

test('names an expired server certificate of the demo with the command that renews it', async (t) => {
  const folder = await folderWith(t, { 'config.yaml': DEMO_CONFIG });
  await runCertbound(['certs'], { folder });
  const expired = await selfSigned({
    subject: 'CN=localhost,O=certbound demo',
    notBefore: Date.UTC(2020, 0, 1),
    notAfter: Date.UTC(2021, 0, 1),
  });
  await writeFile(join(folder, 'pki', 'server.pem'), expired.certificatePem);
  await writeFile(join(folder, 'pki', 'server-key.pem'), expired.privateKeyPem);
  const { code, stderr } = await runCertbound(['start'], { folder });
  assert.equal(code, 78);
  assert.match(
    stderr,
    /^pki\/server\.pem expired on 2021.*; renew it with: npx certbound certs --renew\n/,
  );
  assert.match(stderr, /listeners\[0\]\.certificate: pki\/server\.pem expired on 2021/);
});

test('demo needs a folder that it can write into and says how to give it one', async (t) => {
  const folder = await folderWith(t, { file: '' });
  const { code, stderr } = await runCertbound(['demo', '--data', 'file/data'], { folder });
  assert.equal(code, 1);
  assert.match(stderr, /can't write into .*file\/data \(ENOTDIR\): .*docker run -v/);
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';

import { DEMO_CONFIG, folderWith, runCertbound } from './run-certbound.ts';

for (const [status, expected] of [
  [200, 0],
  [503, 1],
] as const) {
  test(`exits with ${expected} when the management listener answers ${status}`, async (t) => {
    const asked: (string | undefined)[] = [];
    const management = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(status).end();
    }).listen(0, '127.0.0.1');
    t.after(() => management.close());
    await once(management, 'listening');
    const { port } = management.address() as AddressInfo;
    const text = DEMO_CONFIG.replace('address: "127.0.0.1:0"', `address: "0.0.0.0:${port}"`);
    const folder = await folderWith(t, { 'config.yaml': text });
    const { code } = await runCertbound(['health'], { folder });
    assert.equal(code, expected);
    assert.deepEqual(asked, ['/readyz']);
  });
}

test('exits with 1 when nobody answers', async (t) => {
  const unused = createServer().listen(0, '127.0.0.1');
  await once(unused, 'listening');
  const { port } = unused.address() as AddressInfo;
  unused.close();
  await once(unused, 'close');
  const text = DEMO_CONFIG.replace('address: "127.0.0.1:0"', `address: "127.0.0.1:${port}"`);
  const folder = await folderWith(t, { 'config.yaml': text });
  assert.deepEqual(await runCertbound(['health'], { folder }), {
    code: 1,
    stdout: '',
    stderr: `certbound: not ready: no answer from http://127.0.0.1:${port}/readyz\n`,
  });
});

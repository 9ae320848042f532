import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';

import { httpsRequest } from '../support/https-client.ts';
import { DEMO_CONFIG, folderWith, serveCertbound } from './run-certbound.ts';

test('F18: without a file descriptor left connections are closed, and the process serves on', async (t) => {
  const folder = await folderWith(t, { 'config.yaml': DEMO_CONFIG });
  const served = serveCertbound(t, ['start'], { folder, descriptors: 96, timeoutMs: 60_000 });
  const line = /"listener":"public".*"port":(\d+).*"msg":"listening"/;
  const port = Number(line.exec(await served.printed(line))?.[1]);
  const sockets: Socket[] = [];
  const oneIsClosed = Promise.withResolvers<void>();
  for (let count = 0; count < 200; count += 1) {
    const socket = connect({ host: '127.0.0.1', port });
    t.after(() => socket.destroy());
    socket.on('error', () => {});
    socket.once('close', () => oneIsClosed.resolve());
    // Without a descriptor left the kernel's queue may be full, and one is reset before it is there.
    await once(socket, 'connect').catch(() => undefined);
    sockets.push(socket);
  }
  // Node closes at once what it has no descriptor for.
  await oneIsClosed.promise;
  for (const socket of sockets) socket.destroy();
  const ca = await readFile(join(folder, 'pki/ca.pem'), 'utf8');
  for (;;) {
    const answer = await httpsRequest({ port, ca, path: '/oauth2/jwks' }).catch(() => undefined);
    if (answer?.status === 200) break;
    assert.equal(served.child.exitCode, null);
  }
});

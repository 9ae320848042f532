import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect } from 'node:tls';

import { httpsRequest } from '../support/https-client.ts';
import { startPeople } from './people-gateway.ts';

/** More than there are connections to the service. */
const CLIENTS = 70;

test('clients that send their bodies slowly keep nobody from the keys and the pages', async (t) => {
  const { port, ca } = await startPeople(t);
  const sockets = await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca });
      t.after(() => socket.destroy());
      socket.on('error', () => {});
      const heads = [
        'POST /oauth2/logout HTTP/1.1',
        'Host: localhost:9443',
        'Content-Type: application/x-www-form-urlencoded',
        'Content-Length: 100',
        'Expect: 100-continue',
      ];
      socket.write(`${heads.join('\r\n')}\r\n\r\n`);
      // Somebody waits for the body from now on.
      const [answer] = (await once(socket, 'data')) as [Buffer];
      assert.match(answer.toString('latin1'), /^HTTP\/1\.1 100 /);
      return socket;
    }),
  );
  const answer = await httpsRequest({ port, ca, method: 'GET', path: '/oauth2/jwks' });
  assert.equal(answer.status, 200);
  for (const socket of sockets) socket.destroy();
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';

import { EMBEDDED, startGateway } from '../support/running-gateway.ts';

const CONNECTIONS = 600;

test('connections that are refused by the hundred have few lines, and are all counted', async (t) => {
  const gateway = await startGateway({
    yaml: EMBEDDED,
    listener: '    limits: {max_handshakes_per_address: 1/m}\n',
  });
  t.after(() => gateway.close());
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const socket = connect(gateway.port, '127.0.0.1');
      socket.on('error', () => {});
      // The first one is let in, and fails.
      socket.write('no TLS at all');
      await once(socket.resume(), 'close').catch(() => {});
    }),
  );
  const name = 'certbound_refusals_total{reason="handshakes_exceeded"}';
  const sample = (await gateway.metrics()).split('\n').find((line) => line.startsWith(name));
  assert.equal(Number(sample?.slice(name.length)), CONNECTIONS - 1);
  const { reason } = await gateway.logged(({ msg }) => msg === 'more connections refused');
  assert.equal(reason, 'handshakes_exceeded');
  await gateway.close();
  const told = gateway.log().filter((line) => line['reason'] === reason);
  const lines = told.filter(({ msg }) => msg === 'connection refused').length;
  const rest = told.reduce((sum, { count }) => sum + Number(count ?? 0), 0);
  assert.equal(lines + rest, CONNECTIONS - 1);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { once } from 'node:events';

import { EMBEDDED, startGateway } from '../support/running-gateway.ts';

test('F14: the end of the server certificate is told long before it comes', async (t) => {
  const gateway = await startGateway({ yaml: EMBEDDED });
  t.after(() => gateway.close());
  const { port, ca } = gateway;
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca });
  t.after(() => socket.destroy());
  await once(socket, 'secureConnect');
  const end = Date.parse(socket.getPeerCertificate().valid_to) / 1_000;
  const series =
    'certbound_certificate_not_after_timestamp_seconds{role="server",listener="public"}';
  assert.ok((await gateway.metrics()).split('\n').includes(`${series} ${end}`));
});

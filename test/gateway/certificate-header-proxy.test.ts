import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';

import { binaryHeader, endpoints } from '../listener/proxy-protocol/proxy-headers.ts';
import { EMBEDDED, startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture, LogLine } from '../support/running-gateway.ts';
import { told } from './behind-balancer.ts';

/** PROXY headers that name this address as the client's. */
const preambles = (address: string) => ({
  'version 1': Buffer.from(`PROXY TCP4 ${address} 10.0.0.9 4711 9443\r\n`, 'latin1'),
  'version 2': binaryHeader({ addresses: endpoints(address, '10.0.0.9', 4711, 9443) }),
});

/** A listener that takes PROXY headers from this machine, and certificates from `peer`. */
function start(peer: string): Promise<GatewayFixture> {
  return startGateway({
    listener: `    proxy_protocol: {peers: [127.0.0.1]}
    from_load_balancer: {format: one_line_pem, peers: [${peer}]}`,
    yaml: EMBEDDED,
  });
}

/** The line of a token request with the certificate of the client in a header. */
async function requestAfter(gateway: GatewayFixture, preamble: Uint8Array): Promise<LogLine> {
  const known = gateway.log().length;
  const below = connectTcp({ host: '127.0.0.1', port: gateway.port });
  await once(below, 'connect');
  below.write(preamble);
  const socket = connectTls({ socket: below, ca: gateway.ca, servername: 'localhost' });
  const body = 'grant_type=client_credentials&client_id=self-signed';
  const [name, value] = told(gateway.client);
  const fields = [
    'POST /oauth2/token HTTP/1.1',
    'Host: localhost',
    'Connection: close',
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
    `${name}: ${value}`,
  ];
  socket.write(`${fields.join('\r\n')}\r\n\r\n${body}`);
  await socket.toArray();
  return gateway.logged(({ msg }) => msg === 'request', known);
}

for (const version of ['version 1', 'version 2'] as const) {
  test(`T19: a PROXY header (${version}) makes nobody the balancer`, async (t) => {
    const gateway = await start('192.0.2.7');
    t.after(() => gateway.close());
    const line = await requestAfter(gateway, preambles('192.0.2.7')[version]);
    assert.deepEqual(
      [line['status'], line['reason'], line['certificate_header'], line['peer']],
      [401, 'certificate_absent', 'foreign_address', '192.0.2.7'],
    );
  });

  test(`a balancer may tell address (${version}) and certificate of its client`, async (t) => {
    const gateway = await start('127.0.0.1');
    t.after(() => gateway.close());
    const line = await requestAfter(gateway, preambles('192.0.2.7')[version]);
    assert.deepEqual(
      [line['status'], line['thumbprint'], line['peer'], line['socket']],
      [200, gateway.client.thumbprint, '192.0.2.7', '127.0.0.1'],
    );
  });
}

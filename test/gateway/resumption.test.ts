import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';

import { createAuthority } from '../support/pki.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';
import { VERSIONS, visit } from '../listener/sessions.ts';
import type { Visit } from '../listener/sessions.ts';

function answer(_: unknown, response: ServerResponse): void {
  response.writeHead(200, { 'content-length': 2 }).end('{}');
}

async function ask({ socket }: Visit, path: string): Promise<void> {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  await once(socket, 'close');
}

for (const version of VERSIONS) {
  test(`T11: ${version}: the upstream sees the certificate of the first handshake on every resumed connection`, async (t) => {
    const upstream = await startRecordingUpstream(answer);
    t.after(() => upstream.close());
    const authority = await createAuthority({ name: 'Client CA' });
    const intermediate = await authority.issue({ subject: 'CN=Intermediate', ca: true });
    const leaf = await intermediate.issue({ subject: 'CN=c', eku: ['clientAuth'] });
    const gateway = await startGateway({
      listener: `
    client_certificate: require
    session_resumption: on
    session_ticket_lifetime: 24h`,
      files: { 'clients.pem': authority.certificatePem },
      clientCa: 'clients.pem',
      yaml: `
token_service:
  upstream:
    url: ${upstream.url}
    kind: native
    certificate_headers: [{format: rfc9440}]
`,
    });
    t.after(() => gateway.close());
    const first = await visit(t, gateway, { version, chain: [leaf, intermediate] });
    await ask(first, '/1');
    // No certificate at all is offered any more.
    const second = await visit(t, gateway, { version, session: first.session });
    assert.equal(second.isResumed, true);
    await ask(second, '/2');
    const expected = `:${Buffer.from(leaf.certificate).toString('base64')}:`;
    assert.deepEqual(
      upstream.requests.map(({ url, headers }) => [url, headers['client-cert']]),
      [
        ['/1', expected],
        ['/2', expected],
      ],
    );
  });
}

/** What a reload decides about certificates of connections and sessions that began before it. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';

import { createAuthority } from '../support/pki.ts';
import { EMBEDDED, startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { mintCrl, writeCrlPem } from '../support/revocation-list.ts';

const SESSIONS = '    session_resumption: on\n    session_ticket_lifetime: 24h\n';
const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;
type Version = (typeof VERSIONS)[number];

interface Asked {
  readonly status: number;
  readonly isResumed: boolean;
  readonly session: Buffer;
}

interface Visitor {
  readonly gateway: Pick<GatewayFixture, 'port' | 'ca' | 'pkiClient'>;
  readonly version: Version;
}

/** One token request by the PKI client, on a connection of its own. */
async function visit(t: TestContext, visitor: Visitor, session?: Buffer): Promise<Asked> {
  const { gateway, version } = visitor;
  const { port, ca, pkiClient } = gateway;
  const socket = connect({
    host: '127.0.0.1',
    port,
    ca,
    servername: 'localhost',
    cert: pkiClient.certificatePem,
    key: pkiClient.privateKeyPem,
    minVersion: version,
    maxVersion: version,
    ...(session && { session }),
  });
  t.after(() => socket.destroy());
  let latest = session ?? Buffer.alloc(0);
  socket.on('session', (given: Buffer) => (latest = given));
  await once(socket, 'secureConnect');
  const isResumed = socket.isSessionReused();
  const status = await askToken(socket);
  return { status, isResumed, session: latest };
}

async function askToken(socket: TLSSocket): Promise<number> {
  const body = 'grant_type=client_credentials&client_id=pki';
  socket.write(
    'POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\n' +
      `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  let text = '';
  while (!/^HTTP\/1\.1 \d{3}/.test(text)) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    text += chunk.toString('latin1');
  }
  return Number(text.slice(9, 12));
}

for (const version of VERSIONS) {
  test(`T09: ${version}: a session is resumed after a reload, and a CA that was removed vouches for it no more`, async (t) => {
    const gateway = await startGateway({ yaml: EMBEDDED, listener: SESSIONS });
    t.after(gateway.close);
    const first = await visit(t, { gateway, version });
    assert.deepEqual([first.status, first.isResumed], [200, false]);
    assert.equal((await gateway.running.reload()).outcome, 'reloaded');
    const kept = await visit(t, { gateway, version }, first.session);
    assert.deepEqual([kept.status, kept.isResumed], [200, true]);

    const other = await createAuthority({ name: 'Other CA' });
    await gateway.write('other.pem', other.certificatePem);
    await gateway.configure({ clientCa: 'other.pem' });
    assert.equal((await gateway.running.reload()).outcome, 'reloaded');
    const after = await visit(t, { gateway, version }, kept.session);
    assert.deepEqual([after.status, after.isResumed], [401, true]);
    await gateway.logged(({ reason }) => reason === 'certificate_issuer_unknown');
  });

  test(`T10: ${version}: a certificate that is on a list since the reload is refused on a resumed session and on a connection that was open`, async (t) => {
    const authority = await createAuthority();
    const serialNumber = '4a11ce';
    const pkiClient = await authority.issue({
      subject: 'CN=pki-client,O=Test',
      eku: ['clientAuth'],
      serialNumber,
    });
    const gateway = await startGateway({
      yaml: `${EMBEDDED}\nrevocation: {crl_files: [list.crl]}\n`,
      listener: `${SESSIONS}    revocation: hard\n`,
      clientCa: 'clients.pem',
      files: {
        'clients.pem': authority.certificatePem,
        'list.crl': writeCrlPem(mintCrl(authority)),
      },
    });
    t.after(gateway.close);
    const visitor = { gateway: { port: gateway.port, ca: gateway.ca, pkiClient }, version };
    const open = connect({
      host: '127.0.0.1',
      port: gateway.port,
      ca: gateway.ca,
      servername: 'localhost',
      cert: pkiClient.certificatePem,
      key: pkiClient.privateKeyPem,
    });
    t.after(() => open.destroy());
    await once(open, 'secureConnect');
    assert.equal(await askToken(open), 200);
    const first = await visit(t, visitor);
    assert.equal(first.status, 200);

    await gateway.write(
      'list.crl',
      writeCrlPem(mintCrl(authority, { entries: [{ serialNumber }] })),
    );
    const outcome = await gateway.running.reload();
    assert.match(JSON.stringify(outcome), /revocation\.crl_files \(file\)/);
    const after = await visit(t, visitor, first.session);
    assert.deepEqual([after.status, after.isResumed], [401, true]);
    assert.equal(await askToken(open), 401);
    await gateway.logged(({ reason }) => reason === 'certificate_revoked');
  });

  test(`T16: ${version}: after a reload that was refused, sessions and clients are what they were`, async (t) => {
    const gateway = await startGateway({ yaml: EMBEDDED, listener: SESSIONS });
    t.after(gateway.close);
    const first = await visit(t, { gateway, version });
    await gateway.write('ca.pem', gateway.ca.slice(0, 300));
    assert.equal((await gateway.running.reload()).outcome, 'refused');
    const again = await visit(t, { gateway, version }, first.session);
    assert.deepEqual([again.status, again.isResumed], [200, true]);
  });
}

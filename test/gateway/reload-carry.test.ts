/** What was learnt or begun before a reload and must not be lost by it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createAuthority } from '../support/pki.ts';
import { pointsAt } from '../support/revocation-addresses.ts';
import { mintCrl } from '../support/revocation-list.ts';
import { acceptance } from '../support/web-socket-upstream.ts';
import { startRevocationServer } from '../trust/revocation-server.ts';
import { outcomeOf, pkiClient, startWithClients } from './client-attempt.ts';
import { handshake, start } from './web-socket-gateway.ts';

const CLIENTS = {
  hard: pkiClient({ tls_client_auth_subject_dn: 'CN=client,O=Test', revocation: 'hard' }),
};

test('F11: a list of an address stays in force through a reload in which the address is silent', async (t) => {
  const authority = await createAuthority();
  const leaf = await authority.issue({ eku: ['clientAuth'] });
  const server = await startRevocationServer(t);
  server.reply = () => mintCrl(authority);
  const gateway = await startWithClients(t, {
    clients: CLIENTS,
    files: { 'asked.pem': authority.certificatePem },
    clientCa: 'asked.pem',
    more: `revocation: {crl_urls: ['${server.url}'], allow_private_addresses: true}`,
  });
  assert.equal(await outcomeOf(gateway, 'hard', leaf), 'bound');
  server.reply = () => 500;
  for (let reload = 0; reload < 2; reload += 1) {
    const from = gateway.log().length;
    assert.equal((await gateway.running.reload()).outcome, 'reloaded');
    assert.equal(await outcomeOf(gateway, 'hard', leaf), 'bound');
    await gateway.logged(({ msg }) => String(msg).startsWith('a CRL could not be read'), from);
    assert.equal(await outcomeOf(gateway, 'hard', leaf), 'bound');
  }
  assert.match(await gateway.metrics(), /crl_next_update_timestamp_seconds\{source="http/);
});

test('the lists of distribution points are carried over, and nobody is asked again', async (t) => {
  const authority = await createAuthority();
  const server = await startRevocationServer(t);
  server.reply = () => mintCrl(authority);
  const leaf = await authority.issue({ eku: ['clientAuth'], extensions: [pointsAt(server.url)] });
  const gateway = await startWithClients(t, {
    clients: CLIENTS,
    files: { 'asked.pem': authority.certificatePem },
    clientCa: 'asked.pem',
    more: 'revocation: {crl_distribution_points: true, allow_private_addresses: true}',
  });
  assert.equal(await outcomeOf(gateway, 'hard', leaf), 'bound');
  assert.equal(server.asked(), 1);
  server.reply = () => 500;
  assert.equal((await gateway.running.reload()).outcome, 'reloaded');
  assert.equal(await outcomeOf(gateway, 'hard', leaf), 'bound');
  assert.equal(server.asked(), 1);
});

test('a WebSocket goes on through reloads, more of them than generations are kept', async (t) => {
  const { gateway, open } = await start(t, {
    onUpgrade: (socket, request) => {
      socket.write(acceptance(request));
      socket.pipe(socket);
    },
  });
  const client = await open();
  client.socket.write(handshake('/ws/echo'));
  await client.receive(/101 Switching Protocols[^]*\r\n\r\n/);
  for (let reload = 0; reload < 10; reload += 1) {
    assert.equal((await gateway.running.reload()).outcome, 'reloaded');
  }
  client.socket.write('still there');
  await client.receive(/still there$/);
});

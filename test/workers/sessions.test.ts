import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { visit } from '../listener/sessions.ts';
import { servingWorkers, tokenRequest } from './workers-gateway.ts';
import type { LogLine, WorkersGateway } from './workers-gateway.ts';

const LISTENER = `
    client_certificate: require
    session_resumption: on
    session_ticket_lifetime: 24h
`;
/** More than there are workers: connections go to them in turns. */
const VISITS = 6;

const CLIENTS = `
  - client_id: pki
    token_endpoint_auth_method: tls_client_auth
    tls_client_auth_subject_dn: CN=pki
`;
const REQUEST = tokenRequest('pki');

test('T09: a session is resumed in every worker, and worth nothing in any once its CA is gone', async (t) => {
  const gateway = await servingWorkers(t, { listener: LISTENER, clients: CLIENTS });
  const session = await resumedEverywhere(t, gateway);
  const ask = async (): Promise<readonly unknown[]> => {
    const from = gateway.log().length;
    for (let count = 0; count < VISITS; count += 1) {
      const { socket } = await visit(t, gateway, { version: 'TLSv1.3', session });
      socket.write(REQUEST);
      await once(socket, 'close');
    }
    const statuses = (): readonly unknown[] =>
      gateway
        .log()
        .slice(from)
        .flatMap(({ msg, status }) => (msg === 'request' ? [status] : []));
    await gateway.logged(() => statuses().length === VISITS);
    return statuses();
  };
  assert.deepEqual(new Set(await ask()), new Set([200]));
  await gateway.configure({ clientCa: 'another-ca.pem' });
  assert.equal((await gateway.manage('POST', '/reload')).status, 200);
  assert.deepEqual(new Set(await ask()), new Set([401]));
});

/** Visits with one session until both workers have resumed it. */
async function resumedEverywhere(t: TestContext, gateway: WorkersGateway): Promise<Buffer> {
  const chain = [gateway.issued];
  const { session } = await visit(t, gateway, { version: 'TLSv1.3', chain });
  const resumed = (): readonly LogLine[] =>
    gateway.log().filter(({ msg, resumed: is }) => msg === 'handshake' && is === true);
  // What one worker has learnt the other hears soon after.
  while (new Set(resumed().map(({ worker }) => worker)).size < 2) {
    await visit(t, gateway, { version: 'TLSv1.3', chain, session });
  }
  return session;
}

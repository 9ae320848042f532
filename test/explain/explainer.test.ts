import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createClientRegistry } from '../../src/clients/registry.ts';
import { createExplainer } from '../../src/explain/explainer.ts';
import type { ExplainerOptions } from '../../src/explain/explainer.ts';
import { createAuthority } from '../support/pki.ts';
import { policyOf, worldOf } from '../trust/trust-fixture.ts';

const NOBODY_NAMED = { listener: undefined, clientId: undefined };

/** Clients that each have an anchor of their own, all of them of one name; the last one's is good. */
async function setUp(count: number, options: ExplainerOptions = {}) {
  const [issuer, stranger] = await Promise.all([createAuthority(), createAuthority()]);
  const client = await issuer.issue({ subject: 'CN=client,O=Test', eku: ['clientAuth'] });
  const ids = Array.from({ length: count }, (_, index) => `client-${index}`);
  const { clients, find } = createClientRegistry(
    ids.map((clientId) => ({
      clientId,
      method: 'tls_client_auth',
      subjectDn: 'CN=client,O=Test',
      certificates: [],
      upstreamCredential: undefined,
    })),
  );
  const bad = policyOf([stranger]).anchors;
  const good = policyOf([issuer]).anchors;
  const own = ids.map((id, index) => [id, { anchors: index === count - 1 ? good : bad }] as const);
  const world = worldOf([], { clients: new Map(own) });
  const answerOf = async () => undefined;
  const explain = createExplainer(
    { world: () => world, now: Date.now, clients, find, headers: [], answerOf },
    options,
  );
  return { explain, pem: client.certificatePem };
}

test('others have their turn while many clients with anchors of their own are explained', async () => {
  const { explain, pem } = await setUp(300);
  let turns = 0;
  const turn = (): void => {
    turns += 1;
    pending = setImmediate(turn);
  };
  let pending = setImmediate(turn);
  const { status, body } = await explain(pem, NOBODY_NAMED);
  clearImmediate(pending);
  assert.equal(status, 200);
  assert.ok('clients' in body);
  assert.deepEqual(body.clients.map(({ matches }) => matches).filter(Boolean), [true]);
  assert.equal(body.clients[0]?.client_id, 'client-299');
  assert.equal(body.clients[1]?.reason, 'certificate_signature_invalid');
  assert.equal(body.clients.length, 300);
  // Three hundred signature checks take many slices on any machine.
  assert.ok(turns > 2, `${turns} turns`);
});

test('an explanation that takes too long is given up with a reason', async () => {
  const { explain, pem } = await setUp(2, { maxTotalMs: 0 });
  const { status, body } = await explain(pem, NOBODY_NAMED);
  assert.equal(status, 503);
  const message = 'not done after 0 ms: name one client';
  assert.deepEqual(body, { error: { code: 'overloaded', message } });
});

test('nothing is worked out for a caller who has left', async () => {
  const { explain, pem } = await setUp(2);
  const { status, body } = await explain(pem, NOBODY_NAMED, AbortSignal.abort());
  assert.equal(status, 503);
  assert.deepEqual(body, { error: { code: 'overloaded', message: 'the caller has left' } });
});

test('an answer lists so many clients, those that match first, and counts the others', async () => {
  const { explain, pem } = await setUp(5, { maxClients: 2 });
  const { body } = await explain(pem, NOBODY_NAMED);
  assert.ok('clients' in body);
  const listed = body.clients.map(({ client_id: id, matches }) => [id, matches]);
  assert.deepEqual(listed, [
    ['client-4', true],
    ['client-0', false],
  ]);
  assert.equal(body.clients_left_out, 3);
});

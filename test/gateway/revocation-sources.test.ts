import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { TestContext } from 'node:test';

import { startDocumentServer } from '../fetch/document-server.ts';
import { postForm } from '../support/https-client.ts';
import { indexOf, startOpensslResponder } from '../support/openssl-responder.ts';
import { createAuthority, HOUR_MS, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { pointsAt, respondersAt } from '../support/revocation-addresses.ts';
import { mintCrl, serialOf } from '../support/revocation-list.ts';
import { MANAGEMENT_TOKEN } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { createWorkshop, withoutOpenssl } from '../support/workshop.ts';
import { outcomeOf, pkiClient, selfSignedClient, startWithClients } from './client-attempt.ts';

const SUBJECT = { tls_client_auth_subject_dn: 'CN=client,O=Test' } as const;
const CLIENTS = {
  plain: pkiClient(SUBJECT),
  soft: pkiClient({ ...SUBJECT, revocation: 'soft' }),
  hard: pkiClient({ ...SUBJECT, revocation: 'hard' }),
};
const workshop = createWorkshop(after);
const authority = await createAuthority({ name: 'Asked CA' });

function start(t: TestContext, revocation: string, more: object = {}): Promise<GatewayFixture> {
  return startWithClients(t, {
    clients: CLIENTS,
    files: { 'asked.pem': authority.certificatePem },
    clientCa: 'asked.pem',
    more: `revocation: {${revocation}}`,
    ...more,
  });
}

function leafWith(...extensions: readonly ReturnType<typeof pointsAt>[]): Promise<Issued> {
  return authority.issue({ eku: ['clientAuth'], extensions });
}

/** What comes of the client in the end, trying until it is that. */
async function expectSoon(gateway: GatewayFixture, identity: Issued, outcome: string) {
  const until = Date.now() + 60_000;
  while ((await outcomeOf(gateway, 'hard', identity)) !== outcome) {
    assert.ok(Date.now() < until, `not ${outcome} in time`);
  }
}

const skip = withoutOpenssl;

test(
  'openssl ocsp decides about clients, and its silence is told and over',
  { skip },
  async (t) => {
    workshop.write('index.txt', '');
    const first = await startOpensslResponder(t, workshop, { authority });
    const { port } = first;
    const url = `http://127.0.0.1:${port}/`;
    const good = await leafWith(respondersAt(url));
    const revoked = await leafWith(respondersAt(url));
    const late = await leafWith(respondersAt(url));
    await first.stop();
    workshop.write('index.txt', indexOf('V', good) + indexOf('R', revoked) + indexOf('V', late));
    const second = await startOpensslResponder(t, workshop, { authority, port });

    const gateway = await start(t, 'ocsp: true, allow_private_addresses: true, retry_pause: 50ms');
    for (const clientId of ['soft', 'hard'] as const) {
      assert.equal(await outcomeOf(gateway, clientId, good), 'bound');
      assert.equal(await outcomeOf(gateway, clientId, revoked), 'certificate_revoked');
    }
    const line = await gateway.logged(({ reason }) => reason === 'certificate_revoked');
    assert.match(
      String(line['detail']),
      /revoked at 2026-01-02T03:04:05.000Z, reason keyCompromise/,
    );
    assert.equal(await outcomeOf(gateway, 'plain', revoked), 'bound', 'its mode is off');

    await second.stop();
    assert.equal(
      await outcomeOf(gateway, 'hard', good),
      'bound',
      'the answer at hand still counts',
    );
    assert.equal(await outcomeOf(gateway, 'hard', late), 'ocsp_unavailable');
    const known = gateway.log().length;
    assert.equal(await outcomeOf(gateway, 'soft', late), 'bound');
    const told = await gateway.logged(({ msg }) => String(msg).includes('let pass'), known);
    assert.equal(told['reason'], 'ocsp_unavailable');
    await startOpensslResponder(t, workshop, { authority, port });
    await expectSoon(gateway, late, 'bound');
    const metrics = await gateway.metrics();
    assert.match(metrics, /^certbound_ocsp_questions_total\{result="good"\} 2$/m);
    assert.match(metrics, /^certbound_ocsp_questions_total\{result="revoked"\} 1$/m);
    assert.match(metrics, /^certbound_ocsp_questions_total\{result="ocsp_unavailable"\} [1-9]/m);
  },
);

test('a listener that asks tells of the handshake what the answer said', { skip }, async (t) => {
  workshop.write('index.txt', '');
  const first = await startOpensslResponder(t, workshop, { authority });
  const revoked = await leafWith(respondersAt(`http://127.0.0.1:${first.port}/`));
  await first.stop();
  workshop.write('index.txt', indexOf('R', revoked));
  await startOpensslResponder(t, workshop, { authority, port: first.port });
  const gateway = await start(t, 'ocsp: true, allow_private_addresses: true', {
    listener: '    revocation: hard',
  });
  assert.equal(await outcomeOf(gateway, 'plain', revoked), 'certificate_revoked');
  const metrics = await gateway.metrics();
  assert.match(
    metrics,
    /^certbound_client_certificates_total\{.*outcome="untrusted",reason="certificate_revoked"\} 1$/m,
  );
  // Explained from the answer at hand, as the gateway judges.
  const url = `http://127.0.0.1:${gateway.managementPort}/explain`;
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${MANAGEMENT_TOKEN}` },
    body: revoked.certificatePem,
  });
  assert.partialDeepStrictEqual(await answer.json(), {
    verdict: { kind: 'untrusted', reason: 'certificate_revoked' },
    path: [{ role: 'leaf', revocation: { status: 'revoked' } }, { role: 'anchor' }],
  });
});

test('T29: nothing in an unverified certificate makes the gateway ask anybody', async (t) => {
  const { port, connections } = await startDocumentServer(t, (_, response) => response.end());
  const url = `http://127.0.0.1:${port}/`;
  const extensions = [respondersAt(url), pointsAt(url)];
  const stranger = await createAuthority({ name: 'Asked CA' });
  const registered = await selfSigned({ extensions });
  const gateway = await start(
    t,
    'ocsp: true, crl_distribution_points: true, allow_private_addresses: true',
    {
      clients: { ...CLIENTS, registered: selfSignedClient({ certificates: ['registered.pem'] }) },
      files: { 'asked.pem': authority.certificatePem, 'registered.pem': registered.certificatePem },
      listener: '    revocation: hard',
    },
  );
  const below = await (await stranger.issue({ ca: true, extensions })).issue({ extensions });
  for (const identity of [
    await selfSigned({ extensions }),
    await stranger.issue({ extensions }),
    below,
  ]) {
    for (const clientId of Object.keys(CLIENTS)) {
      assert.notEqual(await outcomeOf(gateway, clientId, identity), 'bound');
    }
  }
  assert.equal(await outcomeOf(gateway, 'registered', registered), 'bound');
  const expired = await authority.issue({ extensions, notAfter: Date.now() - HOUR_MS });
  assert.equal(await outcomeOf(gateway, 'hard', expired), 'certificate_expired');
  assert.equal(connections(), 0);
});

test('T29: neither responders nor points at private addresses are asked by default', async (t) => {
  const { port, connections } = await startDocumentServer(t, (_, response) => response.end());
  const url = `http://localhost:${port}/`;
  const gateway = await start(t, 'ocsp: true, crl_distribution_points: true');
  for (const extension of [
    respondersAt(url),
    respondersAt('http://169.254.169.254/'),
    pointsAt(url),
  ]) {
    const identity = await leafWith(extension);
    assert.match(await outcomeOf(gateway, 'hard', identity), /^(ocsp_unavailable|crl_absent)$/);
    assert.equal(await outcomeOf(gateway, 'soft', identity), 'bound');
  }
  assert.equal(connections(), 0);
});

test('nobody is asked unless the configuration says so', async (t) => {
  const { port, connections } = await startDocumentServer(t, (_, response) => response.end());
  const url = `http://127.0.0.1:${port}/`;
  const identity = await leafWith(respondersAt(url), pointsAt(url));
  const gateway = await start(t, 'allow_private_addresses: true');
  assert.equal(await outcomeOf(gateway, 'hard', identity), 'crl_absent');
  assert.equal(connections(), 0);
});

test('a distribution point decides about clients, and its list is watched', async (t) => {
  const lists: { current: Uint8Array } = { current: new Uint8Array() };
  const { port, requests } = await startDocumentServer(t, (_, response) =>
    response.end(lists.current),
  );
  const url = `http://127.0.0.1:${port}/crl?key=1`;
  const good = await leafWith(pointsAt(url));
  const revoked = await leafWith(pointsAt(url));
  const entries = [{ serialNumber: serialOf(revoked.certificate) }];
  const nextUpdate = Math.floor(Date.now() / 1_000) * 1_000 + 24 * HOUR_MS;
  lists.current = mintCrl(authority, { entries, nextUpdate });
  const gateway = await start(t, 'crl_distribution_points: true, allow_private_addresses: true');
  for (const clientId of ['soft', 'hard'] as const) {
    assert.equal(await outcomeOf(gateway, clientId, good), 'bound');
    assert.equal(await outcomeOf(gateway, clientId, revoked), 'certificate_revoked');
  }
  assert.equal(requests.length, 1);
  // The query may be a key to the list, and the metrics are for everybody.
  const [source = ''] = url.split('?', 1);
  const sample = `certbound_crl_next_update_timestamp_seconds{source="${source}"} ${nextUpdate / 1_000}`;
  assert.ok((await gateway.metrics()).split('\n').includes(sample));
});

test('F15: a responder that hangs holds up the clients of its CA only', async (t) => {
  const over = Promise.withResolvers<void>();
  const { port } = await startDocumentServer(t, (_, response) => {
    void over.promise.then(() => response.writeHead(503).end());
  });
  const hanging = await leafWith(respondersAt(`http://127.0.0.1:${port}/`));
  const other = await createAuthority({ name: 'Other CA' });
  const ofOther = await other.issue({ eku: ['clientAuth'] });
  const gateway = await start(
    t,
    'ocsp: true, allow_private_addresses: true, answer_timeout: 30s, crl_files: [other.crl]',
    {
      files: {
        'asked.pem': authority.certificatePem + other.certificatePem,
        'other.crl': mintCrl(other),
      },
    },
  );
  const form = { grant_type: 'client_credentials', client_id: 'hard' };
  const { ca } = gateway;
  const path = '/oauth2/token';
  const held = postForm({ port: gateway.port, ca, path, form, ...hanging });
  assert.equal(await outcomeOf(gateway, 'hard', ofOther), 'bound');
  over.resolve();
  assert.equal((await held).status, 401);
});

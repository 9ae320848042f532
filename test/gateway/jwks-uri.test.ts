import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { TestContext } from 'node:test';

import { jwkOf, jwkWithChain } from '../clients/presented.ts';
import { startDocumentServer } from '../fetch/document-server.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { createWorkshop } from '../support/workshop.ts';
import { expectBound, outcomeOf, selfSignedClient, startWithClients } from './client-attempt.ts';
import { tokenByCurl, withoutCurl } from './curl.ts';

const workshop = createWorkshop(after);
const authority = await createAuthority({ name: 'Key server CA' });
const [first, second, stranger] = [await selfSigned(), await selfSigned(), await selfSigned()];

/** Believes the private CA of the key server; the file is beside the configuration. */
const BELIEVED = 'jwks: {ca: [key-server-ca.pem]}';
const NO_KEYS = 'client_keys_unavailable';

const keySet = (...keys: readonly object[]): string => JSON.stringify({ keys });

interface Asked {
  readonly identities: readonly Issued[];
  /** The section `jwks` of the configuration. */
  readonly section: string;
}

/** A gateway whose clients have their keys at a server of that CA, which answers so. */
async function start(t: TestContext, document: string, section: string) {
  const identity = await authority.issue({ subject: 'CN=keys', san: { ip: ['127.0.0.1'] } });
  const { port, requests } = await startDocumentServer(t, (_, response) => response.end(document), {
    identity,
  });
  const uri = `https://127.0.0.1:${port}/jwks`;
  const gateway = await startWithClients(t, {
    clients: {
      allowed: selfSignedClient({ jwks_uri: uri, allow_private_jwks_uri: true }),
      public: selfSignedClient({ jwks_uri: uri }),
    },
    files: { 'key-server-ca.pem': authority.certificatePem },
    more: section,
  });
  return { gateway, requests };
}

/** What comes of the identities with a key server that answers so. */
async function outcomesWith(t: TestContext, document: string, { identities, section }: Asked) {
  const { gateway, requests } = await start(t, document, section);
  const outcomes: Record<string, readonly string[]> = {};
  for (const clientId of ['allowed', 'public']) {
    const seen: string[] = [];
    for (const identity of identities) seen.push(await outcomeOf(gateway, clientId, identity));
    outcomes[clientId] = seen;
  }
  return { outcomes, fetches: requests.length };
}

test('the keys of a jwks_uri are those of the client', async (t) => {
  const { outcomes, fetches } = await outcomesWith(
    t,
    keySet(jwkWithChain(first.certificate), jwkOf(second.certificate)),
    { identities: [first, second, stranger, first], section: BELIEVED },
  );
  assert.deepEqual(outcomes, {
    allowed: ['bound', 'bound', 'certificate_not_registered', 'bound'],
    public: [NO_KEYS, NO_KEYS, NO_KEYS, NO_KEYS],
  });
  // A stranger makes nobody ask again so soon.
  assert.equal(fetches, 1);
});

test('curl gets a token for a client of a jwks_uri', { skip: withoutCurl }, async (t) => {
  const { gateway } = await start(t, keySet(jwkOf(first.certificate)), BELIEVED);
  const clientId = 'allowed';
  const answer = await tokenByCurl(gateway, { clientId, identity: first, workshop });
  const { thumbprint } = first;
  await expectBound(gateway, { token: String(answer['access_token']), clientId, thumbprint });
});

test('a key server whose certificate is not believed gives no keys', async (t) => {
  const document = keySet(jwkWithChain(first.certificate));
  // The public roots, and another CA in their place.
  for (const section of ['', 'jwks: {ca: [ca.pem]}']) {
    const given = { identities: [first], section };
    const { outcomes, fetches } = await outcomesWith(t, document, given);
    assert.deepEqual(outcomes, { allowed: [NO_KEYS], public: [NO_KEYS] });
    assert.equal(fetches, 0);
  }
});

test('an unknown key is looked for again as soon as the configured cooldown is over', async (t) => {
  const given = {
    identities: [stranger, stranger],
    section: `${BELIEVED.slice(0, -1)}, cooldown: 1ms}`,
  };
  const document = keySet(jwkOf(first.certificate));
  const { outcomes, fetches } = await outcomesWith(t, document, given);
  assert.deepEqual(outcomes['allowed'], [
    'certificate_not_registered',
    'certificate_not_registered',
  ]);
  assert.ok(fetches > 1, `${fetches} fetches`);
});

test('a key set that is none is said to be so', async (t) => {
  const given = { identities: [first], section: BELIEVED };
  const { outcomes } = await outcomesWith(t, '<html>', given);
  assert.deepEqual(outcomes, { allowed: ['client_keys_malformed'], public: [NO_KEYS] });
});

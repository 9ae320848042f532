import assert from 'node:assert/strict';
import { test } from 'node:test';

import { generateKeys } from '../../src/certificate/mint/mint.ts';
import { allNotations, publicKeyPinOf, thumbprintOf } from '../../src/certificate/thumbprint.ts';
import type { SelfSignedClient } from '../../src/clients/client.ts';
import { matchClient } from '../../src/clients/match-client.ts';
import type { ClientRecord } from '../../src/clients/registry.ts';
import {
  certificateOf,
  clientWith,
  jwkOf,
  jwksOf,
  jwkWithChain,
  presented,
  SELF_SIGNED,
  TRUSTED,
} from './presented.ts';

const METHOD = 'self_signed_tls_client_auth';

const client = (record: Partial<ClientRecord>): SelfSignedClient =>
  clientWith({ ...record, method: METHOD });
const matches = (who: SelfSignedClient, der: Uint8Array): boolean =>
  matchClient(who, presented(der, SELF_SIGNED)) === undefined;

/** One certificate, and those that an attacker or a renewal may put in its place. */
async function lookalikes() {
  const keys = await generateKeys('ec');
  const others = await generateKeys('ec');
  return {
    registered: await certificateOf(keys),
    sameSubjectAndSerial: await certificateOf(others),
    sameKeyIssuedAnew: await certificateOf(keys),
    sameKeyOtherSubject: await certificateOf(keys, { subject: 'CN=other', serial: '02' }),
    stranger: await certificateOf(others, { subject: 'CN=other', serial: '02' }),
  };
}

test('only the registered certificate passes, no look-alike of it (T21)', async () => {
  const { registered, ...others } = await lookalikes();
  const { hex, wso2Hexified } = allNotations(registered);
  const clients = {
    certificate: client({ certificates: [registered] }),
    thumbprint: client({ certificateThumbprints: [hex] }),
    hexified: client({ certificateThumbprints: [wso2Hexified] }),
    x5c: client({ jwks: await jwksOf(jwkWithChain(registered)) }),
    'x5t#S256': client({
      jwks: await jwksOf(jwkOf(registered, { 'x5t#S256': thumbprintOf(registered) })),
    }),
    x5t: client({ jwks: await jwksOf(jwkOf(registered, { x5t: wso2Hexified })), wso2X5t: true }),
  };
  for (const [how, who] of Object.entries(clients)) {
    assert.ok(matches(who, registered), how);
    for (const [what, der] of Object.entries(others)) {
      assert.equal(
        matchClient(who, presented(der, SELF_SIGNED))?.reason,
        'certificate_not_registered',
        `${how} against ${what}`,
      );
    }
  }
});

test('a trusted chain does not make another certificate pass (T21)', async () => {
  const { registered, sameKeyIssuedAnew } = await lookalikes();
  const who = client({ certificates: [registered] });
  assert.notEqual(matchClient(who, presented(sameKeyIssuedAnew, TRUSTED)), undefined);
  assert.equal(matchClient(who, presented(registered, TRUSTED)), undefined);
});

test('a key without a certificate matches every certificate of that key', async () => {
  const { registered, sameKeyIssuedAnew, sameKeyOtherSubject, sameSubjectAndSerial, stranger } =
    await lookalikes();
  const who = client({ jwks: await jwksOf(jwkOf(registered)) });
  assert.ok(matches(who, registered));
  assert.ok(matches(who, sameKeyIssuedAnew));
  assert.ok(matches(who, sameKeyOtherSubject));
  assert.ok(!matches(who, sameSubjectAndSerial));
  assert.ok(!matches(who, stranger));
});

test('a thumbprint beside another key stands for nothing', async () => {
  const { registered, stranger } = await lookalikes();
  const who = client({
    jwks: await jwksOf(jwkOf(registered, { 'x5t#S256': thumbprintOf(stranger) })),
  });
  assert.ok(!matches(who, stranger));
  assert.ok(!matches(who, registered));
});

test('an x5t in the form of WSO2 counts only on request', async () => {
  const { registered, sameKeyIssuedAnew } = await lookalikes();
  const { wso2Hexified } = allNotations(registered);
  const jwks = await jwksOf(jwkOf(registered, { x5t: wso2Hexified }));
  // Without the request it is a key like any other.
  assert.ok(matches(client({ jwks }), sameKeyIssuedAnew));
  assert.ok(!matches(client({ jwks, wso2X5t: true }), sameKeyIssuedAnew));
  assert.ok(matches(client({ jwks, wso2X5t: true }), registered));
});

test('of a chain in a key set, only the first certificate is the client', async () => {
  const { registered, stranger } = await lookalikes();
  const who = client({ jwks: await jwksOf(jwkWithChain(registered, stranger)) });
  assert.ok(matches(who, registered));
  assert.ok(!matches(who, stranger));
});

test('several certificates pass while a client changes from one to the next', async () => {
  const { registered, sameSubjectAndSerial, stranger } = await lookalikes();
  const who = client({
    certificates: [registered],
    certificateThumbprints: [thumbprintOf(sameSubjectAndSerial)],
  });
  assert.ok(matches(who, registered));
  assert.ok(matches(who, sameSubjectAndSerial));
  assert.ok(!matches(who, stranger));
});

test('a client with nothing registered is nobody', async () => {
  const { stranger } = await lookalikes();
  assert.equal(
    matchClient(client({}), presented(stranger, SELF_SIGNED))?.reason,
    'certificate_not_registered',
  );
});

test('a registered certificate outside of its dates is refused', async () => {
  const { registered } = await lookalikes();
  for (const reason of ['certificate_expired', 'certificate_not_yet_valid'] as const) {
    const verdict = { kind: 'untrusted', of: 'certificate', reason, detail: 'seen' } as const;
    assert.deepEqual(
      matchClient(client({ certificates: [registered] }), presented(registered, verdict)),
      { reason, detail: 'seen' },
    );
  }
});

test('an issuer that nobody knows does not matter', async () => {
  const { registered } = await lookalikes();
  const reason = 'certificate_issuer_unknown';
  const verdict = { kind: 'untrusted', of: 'path', reason, detail: 'seen' } as const;
  const who = client({ certificates: [registered] });
  assert.equal(matchClient(who, presented(registered, verdict)), undefined);
});

test('says what was presented and what is registered', async () => {
  const { registered, stranger, sameSubjectAndSerial } = await lookalikes();
  const who = client({
    certificates: [registered],
    jwks: await jwksOf(jwkOf(sameSubjectAndSerial)),
  });
  const certificate = await certificateOf(await generateKeys('ec'));
  const { detail = '' } = matchClient(who, presented(certificate, SELF_SIGNED)) ?? {};
  const pin = publicKeyPinOf(presented(certificate).certificate.publicKey);
  const registeredPin = publicKeyPinOf(presented(stranger).certificate.publicKey);
  assert.equal(
    detail,
    `presented ${thumbprintOf(certificate)} of key ${pin}, ` +
      `registered ${thumbprintOf(registered)}, key ${registeredPin}`,
  );
});

test('a certificate that only the jwks_uri could know has to wait for its answer', async () => {
  const { registered, stranger } = await lookalikes();
  const jwksUri = 'https://client.example/jwks';
  const who = client({ certificates: [registered], jwksUri });
  assert.ok(matches(who, registered));
  const seen = presented(stranger, SELF_SIGNED);
  assert.deepEqual(matchClient(who, seen), {
    reason: 'client_keys_unavailable',
    detail: `${jwksUri} has not been asked`,
  });
  const failure = { reason: 'client_keys_malformed', detail: 'not JSON' } as const;
  assert.deepEqual(matchClient(who, seen, { kind: 'unavailable', ...failure }), failure);
  const [known, unknown] = [await jwksOf(jwkWithChain(stranger)), await jwksOf()];
  assert.equal(matchClient(who, seen, { kind: 'keys', jwks: known }), undefined);
  assert.equal(
    matchClient(who, seen, { kind: 'keys', jwks: unknown })?.reason,
    'certificate_not_registered',
  );
});

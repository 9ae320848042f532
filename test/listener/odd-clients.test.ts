/** Clients with keys and first words that a TLS server rarely sees. */

import assert from 'node:assert/strict';
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  generatePrimeSync,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { extendedKeyUsage } from '../../src/certificate/mint/mint-extension.ts';
import { generateKeys, mintCertificate } from '../../src/certificate/mint/mint.ts';
import { parseDistinguishedName } from '../../src/certificate/name/distinguished-name.ts';
import { writePem } from '../../src/certificate/pem.ts';
import { createTrust } from '../../src/trust/trust.ts';
import { createRandom } from '../support/mutants.ts';
import { HOUR_MS, selfSigned } from '../support/pki.ts';
import { verdictText, worldOf } from '../trust/trust-fixture.ts';
import { clientHello, reRecorded, tlsRecord } from './client-hello.ts';
import { connect, connectPlain, startListener } from './running-listener.ts';
import type { RunningListener } from './running-listener.ts';

/** What becomes of a client whose certificate has this key. */
async function outcomeOf(t: TestContext, privateKey: KeyObject): Promise<string> {
  const issuer = await generateKeys('ec');
  const certificate = await mintCertificate({
    subject: parseDistinguishedName('CN=odd'),
    issuer: parseDistinguishedName('CN=Issuer'),
    publicKey: createPublicKey(privateKey),
    signingKey: issuer.privateKey,
    notBefore: Date.now() - HOUR_MS,
    notAfter: Date.now() + HOUR_MS,
    extensions: [extendedKeyUsage(['clientAuth'])],
  });
  const running = await startListener(t, { name: 'public' });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  await connect(t, running, { cert: writePem(certificate), key }).catch(() => {});
  await running.handshakesEnded(1);
  const [facts] = running.secured;
  const world = worldOf([]);
  const trust = createTrust({ world: () => world, now: Date.now });
  await connect(t, running);
  return facts === undefined ? 'handshake failed' : verdictText(trust, facts);
}

/**
 * An RSA key of some 16 384 bits. Its modulus has 32 primes in the place of two, since two of this
 * size take minutes to find; who verifies a signature can't tell.
 */
function enormousRsaKey(): KeyObject {
  const e = 65_537n;
  const half = (): { readonly value: bigint; readonly order: bigint } => {
    let value = 1n;
    let order = 1n;
    while (value < 1n << 7_660n) {
      const prime = generatePrimeSync(512, { bigint: true });
      if ((prime - 1n) % e === 0n) continue;
      value *= prime;
      order *= prime - 1n;
    }
    return { value, order };
  };
  const [p, q] = [half(), half()];
  const d = inverse(e, p.order * q.order);
  const fields = {
    n: p.value * q.value,
    e,
    d,
    p: p.value,
    q: q.value,
    dp: d % p.order,
    dq: d % q.order,
    qi: inverse(q.value, p.value),
  };
  const members = Object.entries(fields).map(([name, value]) => [name, base64url(value)]);
  return createPrivateKey({ key: { kty: 'RSA', ...Object.fromEntries(members) }, format: 'jwk' });
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [before, now] = [modulus, value % modulus];
  let [coefficientBefore, coefficient] = [0n, 1n];
  while (now !== 0n) {
    const quotient = before / now;
    [before, now] = [now, before - quotient * now];
    [coefficientBefore, coefficient] = [coefficient, coefficientBefore - quotient * coefficient];
  }
  return ((coefficientBefore % modulus) + modulus) % modulus;
}

function base64url(value: bigint): string {
  const digits = value.toString(16);
  return Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex').toString(
    'base64url',
  );
}

test('T65: a client certificate of RSA beyond 8192 bits is refused', async (t) => {
  assert.equal(await outcomeOf(t, enormousRsaKey()), 'certificate_key_refused');
});

test('T65: a client certificate on P-521 has a key like others', async (t) => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-521' });
  assert.equal(await outcomeOf(t, privateKey), 'certificate_issuer_unknown');
});

test('T65: a client certificate of DSA never gets beyond the handshake', async (t) => {
  const { privateKey } = generateKeyPairSync('dsa', { modulusLength: 2_048, divisorLength: 256 });
  assert.match(await outcomeOf(t, privateKey), /^(handshake failed|absent)$/);
});

test('T67: whatever comes first, nothing crashes and no file descriptor stays open', async (t) => {
  const named = [{ ...(await selfSigned()), names: ['b'], clientCertificate: 'want' as const }];
  const random = createRandom(67);
  for (const options of [{}, { named }]) {
    const running = await startListener(t, options);
    const first = await connect(t, running);
    await running.handshakesEnded(1);
    first.socket.destroy();
    while (running.listener.connections() > 0) await nextTurn();
    const before = openDescriptors();
    const rounds = 20;
    const batch = 40;
    for (let round = 0; round < rounds; round += 1) {
      await Promise.all(Array.from({ length: batch }, () => speakOddly(t, running, random)));
    }
    await running.handshakesEnded(rounds * batch + 1);
    assert.equal(running.secured.length, 1);
    assert.ok(running.events.every(({ kind }) => kind === 'handshake_failed'));
    while (running.listener.connections() > 0) await nextTurn();
    const { socket } = await connect(t, running);
    await running.handshakesEnded(rounds * batch + 2);
    assert.equal(socket.authorized, true);
    socket.destroy();
    while (running.listener.connections() > 0) await nextTurn();
    // The test runner opens some of its own.
    assert.ok(openDescriptors() - before < 20, 'descriptors are left open');
  }
});

async function speakOddly(t: TestContext, running: RunningListener, random: Random): Promise<void> {
  const client = await connectPlain(t, running);
  client.socket.end(oddWords(random));
  await client.closed();
}

type Random = ReturnType<typeof createRandom>;

function oddWords(random: Random): Buffer {
  const noise = (most: number): Buffer =>
    Buffer.from(Array.from({ length: 1 + random(most) }, () => random(256)));
  const hello = clientHello({ serverName: random(2) === 0 ? 'b' : 'localhost' });
  switch (random(7)) {
    case 0:
      return noise(400);
    case 1:
      return tlsRecord(22, 0x0301, noise(300));
    case 2:
      return clientHello({ version: 0x0300 + random(3) });
    case 3:
      // SSLv2: two octets of length, CLIENT-HELLO, version, lengths of ciphers, id and challenge.
      return Buffer.concat([Buffer.from('802e01000200150000001001', 'hex'), noise(40)]);
    case 4:
      return Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    case 5:
      hello[random(hello.length)] = random(256);
      return hello;
    default:
      return reRecorded(hello, 1 + random(100)).subarray(0, 1 + random(400));
  }
}

/** Linux tells them; elsewhere the test has one point less. */
function openDescriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}

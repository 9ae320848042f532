import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createTicketKeys } from '../../src/listener/ticket-keys.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { startListener } from './running-listener.ts';
import type { RunningListener } from './running-listener.ts';
import { HOUR_MS, sessionsOn, VERSIONS, visit } from './sessions.ts';

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex');
}

function chainsOf({ secured }: RunningListener): readonly (readonly string[])[] {
  return secured.map(({ certificates }) => certificates.map(hex));
}

function resumedOf({ secured }: RunningListener): readonly boolean[] {
  return secured.map(({ isResumed }) => isResumed);
}

async function chainOfThree(): Promise<readonly [Issued, Issued, Issued]> {
  const root = await createAuthority({ name: 'Client CA' });
  const intermediate = await root.issue({ subject: 'CN=Intermediate', ca: true });
  const leaf = await intermediate.issue({ subject: 'CN=leaf', eku: ['clientAuth'] });
  return [leaf, intermediate, root];
}

/** Two gateways with the same secret and the same configuration. */
async function startPair(t: TestContext): Promise<readonly [RunningListener, RunningListener]> {
  const sessions = sessionsOn(randomBytes(48));
  const first = await startListener(t, { sessions });
  const second = await startListener(t, { sessions });
  return [first, second];
}

for (const version of VERSIONS) {
  test(`T11: ${version}: a resumed connection has the certificates of its first handshake, in order`, async (t) => {
    const running = await startListener(t, { sessions: sessionsOn() });
    const chain = await chainOfThree();
    let { session } = await visit(t, running, { version, chain });
    for (const offered of [chain, []]) {
      const next = await visit(t, running, { version, chain: offered, session });
      assert.equal(next.isResumed, true);
      session = next.session;
    }
    await running.handshakesEnded(3);
    const sent = chain.map(({ certificate }) => hex(certificate));
    assert.deepEqual(chainsOf(running), [sent, sent, sent]);
    assert.deepEqual(resumedOf(running), [false, true, true]);
    assert.ok(running.secured.every(({ serverName }) => serverName === 'localhost'));
  });

  test(`${version}: the certificate of a resumed session stays when the client offers another`, async (t) => {
    const running = await startListener(t, { sessions: sessionsOn() });
    const [first, other] = [await selfSigned(), await selfSigned()];
    const { session } = await visit(t, running, { version, chain: [first] });
    const second = await visit(t, running, { version, chain: [other], session });
    assert.equal(second.isResumed, true);
    await running.handshakesEnded(2);
    assert.deepEqual(chainsOf(running)[1], [hex(first.certificate)]);
  });

  test(`${version}: a session without a certificate is resumed without one`, async (t) => {
    const running = await startListener(t, { sessions: sessionsOn() });
    const { session } = await visit(t, running, { version });
    const chain = [await selfSigned()];
    assert.equal((await visit(t, running, { version, chain, session })).isResumed, true);
    await running.handshakesEnded(2);
    assert.deepEqual(chainsOf(running), [[], []]);
  });

  test(`${version}: a gateway that does not know the chain of a ticket asks for it, and resumes from then on`, async (t) => {
    const [first, second] = await startPair(t);
    const chain = await chainOfThree();
    const there = { port: second.port, ca: first.ca + second.ca };
    const { session } = await visit(t, first, { version, chain });
    const anew = await visit(t, there, { version, chain, session });
    assert.equal(anew.isResumed, false);
    // The ticket of the other gateway is good here now.
    assert.equal((await visit(t, there, { version, chain, session })).isResumed, true);
    await second.handshakesEnded(2);
    const sent = chain.map(({ certificate }) => hex(certificate));
    assert.deepEqual(chainsOf(second), [sent, sent]);
    assert.deepEqual(second.events, []);
  });

  test(`${version}: without a shared secret, a ticket is good at its own gateway only`, async (t) => {
    const first = await startListener(t, { sessions: sessionsOn() });
    const second = await startListener(t, { sessions: sessionsOn() });
    const chain = [await selfSigned()];
    const there = { port: second.port, ca: first.ca + second.ca };
    await visit(t, there, { version, chain });
    const { session } = await visit(t, first, { version, chain });
    assert.equal((await visit(t, there, { version, chain, session })).isResumed, false);
  });

  test(`${version}: a ticket of one server name is worthless at another`, async (t) => {
    const own = await selfSigned({ subject: 'CN=b' });
    const strict = { ...own, names: ['b.example'], clientCertificate: 'require' } as const;
    const running = await startListener(t, { sessions: sessionsOn(), named: [strict] });
    const here = { port: running.port, ca: running.ca + own.certificatePem };
    const chain = [await selfSigned()];
    const mild = await visit(t, here, { version, chain, servername: 'a.example' });
    const { session } = mild;
    for (const servername of ['b.example', 'B.Example.']) {
      const crossed = await visit(t, here, { version, servername, session });
      assert.equal(crossed.isResumed, false);
    }
    await running.handshakesEnded(3);
    assert.deepEqual(chainsOf(running).slice(1), [[], []]);
  });

  test(`T15: ${version}: a resumed connection keeps the rules of its server name`, async (t) => {
    const own = await selfSigned({ subject: 'CN=b' });
    const strict = { ...own, names: ['b.example'], clientCertificate: 'require' } as const;
    const running = await startListener(t, {
      sessions: sessionsOn(),
      named: [strict],
      clientCertificate: 'off',
    });
    const here = { port: running.port, ca: running.ca + own.certificatePem };
    const chain = [await selfSigned()];
    const servername = 'B.example';
    const { session } = await visit(t, here, { version, chain, servername });
    assert.equal((await visit(t, here, { version, chain, servername, session })).isResumed, true);
    await running.handshakesEnded(2);
    for (const facts of running.secured) {
      assert.equal(facts.virtualHost, 'b.example');
      assert.equal(facts.clientCertificateMode, 'require');
      assert.equal(facts.serverName, 'b.example');
      assert.equal(facts.certificates.length, 1);
    }
  });

  test(`${version}: a chain that is too large to be kept is sent anew each time`, async (t) => {
    const running = await startListener(t, { sessions: sessionsOn() });
    const leaf = await selfSigned();
    const others = await Promise.all(Array.from({ length: 10 }, () => selfSigned()));
    const chain = [leaf, ...others];
    const { session } = await visit(t, running, { version, chain });
    assert.equal((await visit(t, running, { version, chain, session })).isResumed, false);
    await running.handshakesEnded(2);
    assert.equal(running.secured[1]?.certificates.length, 11);
  });

  test(`${version}: resumption that is on for others is off where certificates are asked for by default`, async (t) => {
    const strict = { ...(await selfSigned()), names: ['b.example'] };
    const running = await startListener(t, {
      clientCertificate: 'off',
      named: [{ ...strict, clientCertificate: 'want' }],
    });
    const here = { port: running.port, ca: running.ca + strict.certificatePem };
    for (const [servername, expected] of [
      ['a.example', true],
      ['b.example', false],
    ] as const) {
      const { session } = await visit(t, here, { version, servername });
      const again = await visit(t, here, { version, servername, session });
      assert.equal(again.isResumed, expected, servername);
    }
  });

  test(`${version}: a ticket is taken when its key has changed once, and no more when it has changed twice`, async (t) => {
    // OpenSSL has a clock of its own, by which the session is not over at the first change.
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() - HOUR_MS / 2 });
    const running = await startListener(t, { sessions: sessionsOn(randomBytes(48)) });
    const chain = await chainOfThree();
    const { session } = await visit(t, running, { version, chain });
    for (const expected of [true, false]) {
      t.mock.timers.tick(HOUR_MS - (Date.now() % HOUR_MS));
      const { listener, port } = await running.openAnother();
      listener.serve();
      const later = { port, ca: running.ca };
      // Brings the chain, which that one does not know.
      assert.equal((await visit(t, later, { version, chain, session })).isResumed, false);
      assert.equal((await visit(t, later, { version, chain, session })).isResumed, expected);
    }
  });

  test(`${version}: a session that is over is followed by one under the key in force`, async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const secret = randomBytes(48);
    const keyName = (): Promise<Buffer> =>
      new Promise((resolve) => {
        const purpose = JSON.stringify(['test', null, 'want']);
        const keys = createTicketKeys({ secret, purpose, lifetimeMs: HOUR_MS });
        keys.start(({ current }) => resolve(current.subarray(0, 16)));
        keys.close();
      });
    const running = await startListener(t, { sessions: sessionsOn(secret) });
    const before = await visit(t, running, { version });
    assert.equal(before.session.includes(await keyName()), true);
    t.mock.timers.tick(HOUR_MS + 2_000);
    const { listener, port } = await running.openAnother();
    listener.serve();
    const { session } = before;
    const after = await visit(t, { port, ca: running.ca }, { version, session });
    assert.equal(after.isResumed, false);
    assert.equal(after.session.includes(await keyName()), true);
  });

  test(`${version}: when a session has become too old, a full handshake brings the chain again`, async (t) => {
    const sessions = { isOn: true, lifetimeMs: 1_000, secret: undefined };
    const running = await startListener(t, { sessions });
    const chain = await chainOfThree();
    const { session } = await visit(t, running, { version, chain });
    let visits = 1;
    for (let isResumed = true; isResumed; visits += 1) {
      ({ isResumed } = await visit(t, running, { version, chain, session }));
    }
    await running.handshakesEnded(visits);
    const sent = chain.map(({ certificate }) => hex(certificate));
    assert.ok(chainsOf(running).every((seen) => seen.join() === sent.join()));
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Server, TLSSocket } from 'node:tls';
import { StartError } from '../../src/errors.ts';
import { testTls } from '../../src/listener/tls-self-test.ts';

/** Changes what Node tells of a connection, as another build of it might. */
async function refusedWith(
  change: Partial<Pick<TLSSocket, 'isSessionReused' | 'getPeerX509Certificate'>>,
  expected: RegExp,
): Promise<void> {
  const { isSessionReused, getPeerX509Certificate } = TLSSocket.prototype;
  Object.assign(TLSSocket.prototype, change);
  try {
    await assert.rejects(testTls({ resumes: true }), (error) => {
      assert.ok(error instanceof StartError);
      assert.match(error.publicText, /^TLS of Node v[\d.]+ can't be relied on: TLSv1\.[23]: /);
      assert.match(error.publicText, expected);
      return true;
    });
  } finally {
    Object.assign(TLSSocket.prototype, { isSessionReused, getPeerX509Certificate });
  }
}

test('F27: this build of Node is one to rely on, with resumption and without', async () => {
  await testTls({ resumes: false });
  await testTls({ resumes: true });
});

test('a build that loses the chain of a client is refused at the start', async () => {
  const original = TLSSocket.prototype.getPeerX509Certificate;
  await refusedWith(
    {
      getPeerX509Certificate(this: TLSSocket) {
        const leaf = original.call(this);
        return leaf && Object.create(leaf, { raw: { value: leaf.raw }, issuerCertificate: {} });
      },
    },
    /the chain of a client is not told as it was sent$/,
  );
});

test('a build that resumes where nothing may be resumed is refused at the start', async () => {
  await refusedWith(
    { isSessionReused: onServers(true) },
    /TLSv1\.2: a handshake on 127\.0\.0\.1 fails: a session was resumed where none may be$/,
  );
});

test('a build that does not tell of a resumed session is refused at the start', async () => {
  await refusedWith(
    { isSessionReused: onServers(false) },
    /TLSv1\.2: a handshake on 127\.0\.0\.1 fails: the name false was not what was seen before$/,
  );
});

test('a build whose tickets are not under our keys is refused where sessions are to be resumed', async (t) => {
  t.mock.method(Server.prototype, 'setTicketKeys', () => {});
  await testTls({ resumes: false });
  await assert.rejects(testTls({ resumes: true }), {
    publicText: /TLSv1\.2: .* fails: the chain of a resumed session is not known$/,
  });
});

function onServers(told: boolean): TLSSocket['isSessionReused'] {
  const original = TLSSocket.prototype.isSessionReused;
  return function (this: TLSSocket) {
    const { isServer } = Reflect.get(this, '_tlsOptions') as { readonly isServer: boolean };
    return isServer ? told : original.call(this);
  };
}

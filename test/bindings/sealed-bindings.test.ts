import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import type { TokenBinding } from '../../src/bindings/bindings.ts';
import { createSealedBindings } from '../../src/bindings/sealed-bindings.ts';
import { createTokenSealer } from '../../src/bindings/sealed-token.ts';
import { UpstreamError } from '../../src/errors.ts';

const THUMBPRINT = 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0';
const BOUND: TokenBinding = {
  token: 'the upstream token \u00e9',
  kind: 'access',
  clientId: 'client \u00e9',
  thumbprint: THUMBPRINT,
  expiresAt: 4_102_444_800,
};

function bindingsUnder(...keys: readonly Uint8Array[]) {
  return createSealedBindings(createTokenSealer(keys));
}

async function seal(bindings: ReturnType<typeof bindingsUnder>, binding: TokenBinding) {
  const released = await bindings.bindAll([binding]);
  assert.ok(released !== 'conflict');
  return released[0] ?? '';
}

test('a sealed token opens to the token of the upstream and its binding', async () => {
  const bindings = bindingsUnder(randomBytes(32));
  for (const kind of ['access', 'refresh', 'device_code'] as const) {
    for (const thumbprint of [THUMBPRINT, undefined]) {
      const sealed = await seal(bindings, { ...BOUND, kind, thumbprint });
      const { upstreamToken, binding } = await bindings.find(sealed);
      assert.equal(upstreamToken, BOUND.token);
      assert.deepEqual(binding, { kind, thumbprint, clientId: BOUND.clientId });
    }
  }
});

test('what the server hears past the gateway is not sealed', async () => {
  const bindings = bindingsUnder(randomBytes(32));
  for (const kind of ['request_uri', 'auth_req_id'] as const) {
    assert.equal(await seal(bindings, { ...BOUND, kind }), BOUND.token);
  }
});

test('a sealed token tells nothing of what is in it, and is another one each time', async () => {
  const bindings = bindingsUnder(randomBytes(32));
  const first = await seal(bindings, BOUND);
  const second = await seal(bindings, BOUND);
  assert.notEqual(first, second);
  // RFC 6750 section 2.1
  assert.match(first, /^[A-Za-z0-9\-._~+/]+=*$/);
  const octets = Buffer.from(first.slice(first.indexOf('.') + 1), 'base64url');
  assert.equal(octets.includes(BOUND.token), false);
  assert.equal(octets.includes(BOUND.clientId), false);
});

test('T34: a sealed token that was changed anywhere, cut or made longer is unknown', async () => {
  const bindings = bindingsUnder(randomBytes(32));
  const sealed = await seal(bindings, BOUND);
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`;
    const { upstreamToken, binding } = await bindings.find(changed);
    assert.equal(binding, undefined, `position ${at}`);
    assert.equal(upstreamToken, changed);
    assert.equal((await bindings.find(sealed.slice(0, at))).binding, undefined, `cut at ${at}`);
  }
  for (const longer of [`${sealed}A`, `${sealed}=`, ` ${sealed}`, `${sealed} `]) {
    assert.equal((await bindings.find(longer)).binding, undefined);
  }
});

test('T34: a sealed token of another key is unknown', async () => {
  const sealed = await seal(bindingsUnder(randomBytes(32)), BOUND);
  assert.equal((await bindingsUnder(randomBytes(32)).find(sealed)).binding, undefined);
});

test('keys rotate: an old key opens for as long as it is there', async () => {
  const [old, next] = [randomBytes(32), randomBytes(32)];
  const before = await seal(bindingsUnder(old), BOUND);
  const announced = await seal(bindingsUnder(old, next), BOUND);
  const after = await seal(bindingsUnder(next, old), BOUND);
  const knows = async (bindings: ReturnType<typeof bindingsUnder>, sealed: string) =>
    (await bindings.find(sealed)).binding !== undefined;
  for (const sealed of [before, announced, after]) {
    assert.ok(await knows(bindingsUnder(old, next), sealed));
    assert.ok(await knows(bindingsUnder(next, old), sealed));
  }
  assert.ok(await knows(bindingsUnder(next), after));
  assert.equal(await knows(bindingsUnder(next), before), false);
});

test('a token that would fit no header is refused as an answer of the upstream', async () => {
  const bindings = bindingsUnder(randomBytes(32));
  const token = 'x'.repeat(12_000);
  assert.equal(
    (await bindings.find(await seal(bindings, { ...BOUND, token }))).upstreamToken,
    token,
  );
  await assert.rejects(
    bindings.bindAll([{ ...BOUND, token: 'x'.repeat(12_300) }]),
    (error) => error instanceof UpstreamError && error.status === 502,
  );
});

test('a key of another length is refused', () => {
  assert.throws(() => createTokenSealer([]), TypeError);
  assert.throws(() => createTokenSealer([randomBytes(32), randomBytes(16)]), TypeError);
});

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';

import { createCertificateProof } from '../../src/certificate/header/certificate-proof.ts';

const KEY = Buffer.from('0123456789abcdef0123456789abcdef');
const FACTS = { thumbprint: 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0', requestId: 'r-1' };

const decode = (part: string | undefined): unknown =>
  JSON.parse(Buffer.from(part ?? '', 'base64url').toString());

test('a proof is a JWS that names certificate, request and time', () => {
  const jws = createCertificateProof(KEY)({ ...FACTS, at: 1_700_000_000_999 });
  assert.match(jws, /^[\w-]+\.[\w-]+\.[\w-]{43}$/);
  const [header, claims, signature] = jws.split('.');
  assert.deepEqual(decode(header), { alg: 'HS256', typ: 'certificate-proof+jwt' });
  assert.deepEqual(decode(claims), {
    'x5t#S256': FACTS.thumbprint,
    jti: 'r-1',
    iat: 1_700_000_000,
  });
  const expected = createHmac('sha256', KEY).update(`${header}.${claims}`).digest('base64url');
  assert.equal(signature, expected);
});

test('another key, certificate, request or moment is another proof', () => {
  const at = 1_700_000_000_000;
  const prove = createCertificateProof(KEY);
  const proofs = [
    prove({ ...FACTS, at }),
    prove({ ...FACTS, at: at + 1_000 }),
    prove({ ...FACTS, requestId: 'r-2', at }),
    prove({ ...FACTS, thumbprint: FACTS.thumbprint.toLowerCase(), at }),
    createCertificateProof(Buffer.from(KEY).fill(0, 31))({ ...FACTS, at }),
  ];
  assert.equal(new Set(proofs.map((proof) => proof.split('.')[2])).size, proofs.length);
});

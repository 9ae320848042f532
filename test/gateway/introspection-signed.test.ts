import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import type { CryptoKey } from 'jose';

import { startDocumentServer } from '../fetch/document-server.ts';
import { createAuthority } from '../support/pki.ts';
import { json, startBeforeUpstream } from './before-upstream.ts';

const PATH = '/oauth2/introspect';
const SIGNED = 'application/token-introspection+jwt';
const ISSUER = 'https://identity.test/tenant';

const { publicKey, privateKey } = await generateKeyPair('ES256');
const stranger = await generateKeyPair('ES256');
const authority = await createAuthority({ name: 'Key server CA' });

interface Claims {
  readonly said: unknown;
  readonly issuer?: string;
  readonly type?: string;
  readonly key?: CryptoKey;
}

function sign({ said, issuer = ISSUER, type = 'token-introspection+jwt', key }: Claims) {
  return new SignJWT({ token_introspection: said })
    .setProtectedHeader({ alg: 'ES256', typ: type, kid: '1' })
    .setIssuer(issuer)
    .setAudience('rs')
    .setIssuedAt()
    .sign(key ?? privateKey);
}

/** A gateway before a server that signs whatever it is asked for. */
async function startBeforeSigner(t: TestContext) {
  const identity = await authority.issue({ subject: 'CN=keys', san: { ip: ['127.0.0.1'] } });
  const keys = JSON.stringify({
    keys: [{ ...(await exportJWK(publicKey)), kid: '1', use: 'sig' }],
  });
  const server = await startDocumentServer(t, (_, response) => response.end(keys), { identity });
  let jwt = '';
  const uri = `https://127.0.0.1:${server.port}/jwks`;
  const before = await startBeforeUpstream(t, {
    answers: {
      [PATH]: (response) => {
        response.writeHead(200, { 'content-type': SIGNED });
        response.end(jwt);
      },
    },
    keys: `ca: [keys-ca.pem], introspection: {legacy_x5t_sha256: true, signed_answers: {issuer: '${ISSUER}', jwks_uri: '${uri}'}}`,
    files: { 'keys-ca.pem': authority.certificatePem },
  });
  await before.fetchToken();
  return {
    ...before,
    keyFetches: () => server.requests.length,
    answerTo: async (next: string) => {
      jwt = next;
      return before.introspect('tok');
    },
  };
}

test('T39: JSON is asked for where cnf must be added, and a caller that takes none gets 406', async (t) => {
  const { upstream, fetchToken, introspect, asked, gateway } = await startBeforeUpstream(t, {
    answers: { [PATH]: json('{"active":true}') },
  });
  await fetchToken();
  for (const accept of [SIGNED, `${SIGNED}, application/json;q=0`, 'text/html', '*/*;q=0']) {
    const answer = await introspect('tok', [['accept', accept]]);
    assert.deepEqual([answer.status, answer.json()['error']], [406, 'invalid_request'], accept);
  }
  assert.equal(asked(PATH), 0);
  await gateway.logged(({ reason }) => reason === 'request_not_acceptable');
  for (const accept of [
    `${SIGNED}, application/json;q=0.1`,
    'Application/JSON; charset=utf-8',
    'application/*',
    '*/*',
    '',
  ]) {
    const answer = await introspect('tok', [['accept', accept]]);
    assert.ok(answer.json()['cnf'], accept);
    assert.equal(upstream.requests.at(-1)?.headers.accept, 'application/json');
  }
});

test('T39: a signed answer passes only with the right certificate in it, or inactive', async (t) => {
  const { gateway, answerTo, keyFetches } = await startBeforeSigner(t);
  const cnf = { 'x5t#S256': gateway.client.thumbprint };
  for (const said of [{ active: true, cnf, scope: 'x5t#SHA256:a' }, { active: false }]) {
    const jwt = await sign({ said });
    const answer = await answerTo(jwt);
    assert.deepEqual([answer.status, answer.text], [200, jwt]);
    assert.equal(answer.headers['content-type'], SIGNED);
  }
  const right = { active: true, cnf };
  const from = gateway.log().length;
  for (const [title, jwt, reason] of [
    ['no cnf', await sign({ said: { active: true } }), 'upstream_answer_signed'],
    [
      'another cnf',
      await sign({ said: { active: true, cnf: { 'x5t#S256': 'another' } } }),
      'binding_conflict',
    ],
    ['issuer', await sign({ said: right, issuer: 'https://other' }), 'upstream_answer_signed'],
    ['an access token', await sign({ said: right, type: 'at+jwt' }), 'upstream_answer_signed'],
    ['key', await sign({ said: right, key: stranger.privateKey }), 'upstream_answer_signed'],
    ['none', new UnsecuredJWT({ token_introspection: right }).encode(), 'upstream_answer_signed'],
    ['cut', (await sign({ said: right })).slice(0, -4), 'upstream_answer_signed'],
    ['no claim', await sign({ said: 'x' }), 'upstream_answer_signed'],
  ] as const) {
    const answer = await answerTo(jwt);
    assert.equal(answer.status, 502, title);
    await gateway.logged((line) => line['reason'] === reason, from);
  }
  assert.equal(keyFetches(), 1);
});

test('T39: a signed answer that nobody can verify is 502', async (t) => {
  const { gateway, fetchToken, introspect } = await startBeforeUpstream(t, {
    answers: {
      [PATH]: (response) => {
        response.writeHead(200, { 'content-type': SIGNED });
        response.end('e30.e30.AA');
      },
    },
  });
  await fetchToken();
  assert.equal((await introspect('tok')).status, 502);
  await gateway.logged(({ reason }) => reason === 'upstream_answer_signed');
});

test('a server that binds by itself signs its answers as it likes', async (t) => {
  const { introspect, upstream } = await startBeforeUpstream(t, {
    kind: 'native',
    answers: {
      [PATH]: (response) => {
        response.writeHead(200, { 'content-type': SIGNED });
        response.end('a.b.c');
      },
    },
  });
  const answer = await introspect('tok', [['accept', SIGNED]]);
  assert.deepEqual([answer.status, answer.text], [200, 'a.b.c']);
  assert.equal(upstream.requests.at(-1)?.headers.accept, SIGNED);
});

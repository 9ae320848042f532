import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { httpsRequest } from '../support/https-client.ts';
import { createAuthority, HOUR_MS, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';

type Identity = Pick<Issued, 'certificatePem' | 'privateKeyPem'>;
type Headers = readonly (readonly [string, string])[];

const authority = await createAuthority({ name: 'Admin CA' });
const operator = await authority.issue({ subject: 'CN=operator', eku: ['clientAuth'] });
const colleague = await authority.issue({ subject: 'CN=colleague', eku: ['clientAuth'] });
const listed = await selfSigned({ subject: 'CN=listed' });

const NOBODY = {} as Identity;

const ADMIN = `
admin_paths:
  - path: /services/*
    listeners: [admin]
    certificate_thumbprints: ['${listed.thumbprint}']
    trusted_issuers: ['CN=Admin CA,O=Test']
    users:
      '${listed.thumbprint}': [robot]
      '${operator.thumbprint}': [admin, 'admin@carbon.super']
`;

interface Options {
  readonly yaml?: string;
  /** Certificates that `client_ca` of the admin listener has beside its CA. */
  readonly anchors?: string;
}

interface Where {
  readonly path?: string;
  readonly at?: 'public' | 'admin';
}

/** A gateway with a listener for everybody and one for administrators. */
async function start(t: TestContext, { yaml = ADMIN, anchors = '' }: Options = {}) {
  const upstream = await startRecordingUpstream();
  t.after(() => upstream.close());
  const gateway = await startGateway({
    listener: `
  - name: admin
    address: 127.0.0.1:0
    certificate: server.pem
    private_key: server-key.pem
    client_ca: [admin-ca.pem]`,
    files: { 'admin-ca.pem': `${authority.certificatePem}${anchors}` },
    yaml: `
token_service:
  upstream: {url: '${upstream.url}', certificate_headers: [{format: rfc9440}]}
${yaml}`,
  });
  t.after(() => gateway.close());
  const listening = await gateway.logged(({ listener }) => listener === 'admin');
  const ports = { public: gateway.port, admin: Number(listening['port']) };
  const call = (
    headers: Headers,
    identity: Identity,
    { path = '/services/AdminService', at = 'admin' }: Where = {},
  ) => httpsRequest({ port: ports[at], ca: gateway.ca, path, headers, ...identity });
  return {
    gateway,
    upstream,
    call,
    /** Status and reason of a refusal. */
    refusal: async (...given: Parameters<typeof call>) => {
      const answer = await call(...given);
      const id = answer.headers['x-request-id'];
      const line = await gateway.logged(({ request_id: logged }) => logged === id);
      return [answer.status, line['reason']];
    },
  };
}

const naming = (user: string): Headers => [['UserName', user]];

test('the right certificate vouches for the user of the header (requirement 004)', async (t) => {
  const { call, upstream, gateway } = await start(t);
  for (const [user, identity] of [
    ['admin', operator],
    ['admin@carbon.super', operator],
    ['robot', listed],
  ] as const) {
    const answer = await call(naming(user), identity);
    assert.equal(answer.status, 200, answer.text);
    const { headers } = upstream.requests.at(-1) ?? {};
    assert.equal(headers?.['x-certbound-user'], user);
    assert.equal(headers?.['username'], undefined);
    assert.ok(headers?.['client-cert'] !== undefined);
  }
  const line = await gateway.logged(({ user }) => user === 'robot');
  assert.deepEqual([line['route'], line['decision']], ['admin', 'allowed']);
});

test('CVE-2025-9312: a certificate that is merely trusted acts as nobody', async (t) => {
  const { refusal, upstream } = await start(t);
  assert.deepEqual(await refusal(naming('admin'), colleague), [
    403,
    'admin_certificate_not_allowed',
  ]);
  assert.deepEqual(await refusal(naming('root'), operator), [403, 'admin_user_not_allowed']);
  assert.deepEqual(await refusal(naming('Admin'), operator), [403, 'admin_user_not_allowed']);
  assert.deepEqual(await refusal(naming('admin'), listed), [403, 'admin_user_not_allowed']);
  assert.equal(upstream.requests.length, 0);
});

test('T18, T20: only a certificate whose key is proven vouches', async (t) => {
  const { refusal, upstream, gateway } = await start(t);
  const { stranger } = gateway;
  for (const chain of [
    [stranger, operator],
    [stranger, listed],
    [colleague, operator],
  ] as const) {
    const [own, victim] = chain;
    const identity = {
      certificatePem: `${own.certificatePem}${victim.certificatePem}`,
      privateKeyPem: own.privateKeyPem,
    };
    for (const user of ['admin', 'robot']) {
      assert.equal((await refusal(naming(user), identity))[0], 403);
    }
  }
  const der = `:${Buffer.from(operator.certificate).toString('base64')}:`;
  assert.deepEqual(await refusal([...naming('admin'), ['client-cert', der]], NOBODY), [
    400,
    'certificate_absent',
  ]);
  assert.equal(upstream.requests.length, 0);
});

test('an issuer counts under a CA of the listener alone, and by its whole name', async (t) => {
  const yaml = `
admin_paths:
  - path: /services/*
    listeners: [admin]
    trusted_issuers: ['CN=Admin CA,O=Test']
    users: {'/O=Test/CN=Admin CA': ['*']}
`;
  const { call, refusal, upstream } = await start(t, { yaml });
  assert.equal((await call(naming('anybody'), colleague)).status, 200);

  const double = await createAuthority({ name: 'Admin CA' });
  const forged = await double.issue({ subject: 'CN=operator', eku: ['clientAuth'] });
  const below = await createAuthority({ name: 'Admin CA' });
  for (const identity of [forged, below, listed]) {
    const [status] = await refusal(naming('admin'), identity);
    assert.equal(status, 403);
  }
  const expired = await authority.issue({ subject: 'CN=old', notAfter: Date.now() - HOUR_MS / 2 });
  assert.deepEqual(await refusal(naming('admin'), expired), [403, 'certificate_expired']);
  assert.equal(upstream.requests.length, 1);
});

test('what is said of a certificate counts before what is said of its issuer', async (t) => {
  const { call, refusal } = await start(t, {
    yaml: `
admin_paths:
  - path: /services/*
    listeners: [admin]
    trusted_issuers: ['CN=Admin CA,O=Test']
    users:
      'CN=Admin CA,O=Test': ['*']
      '${operator.thumbprint}': [reader]
`,
  });
  assert.equal((await call(naming('reader'), operator)).status, 200);
  assert.deepEqual(await refusal(naming('admin'), operator), [403, 'admin_user_not_allowed']);
  assert.equal((await call(naming('admin'), colleague)).status, 200);
});

test('a listed certificate that is out of date vouches for nobody', async (t) => {
  const expired = await selfSigned({ subject: 'CN=listed', notAfter: Date.now() - HOUR_MS / 2 });
  const yaml = ADMIN.replaceAll(listed.thumbprint, expired.thumbprint);
  const { refusal, upstream } = await start(t, { yaml });
  assert.deepEqual(await refusal(naming('robot'), expired), [403, 'certificate_expired']);
  assert.equal(upstream.requests.length, 0);
});

test('an admin path is closed on every listener that is not named (requirement 001)', async (t) => {
  const { call, refusal, upstream } = await start(t);
  for (const identity of [operator, listed, NOBODY]) {
    const at = { at: 'public' } as const;
    assert.deepEqual(await refusal(naming('admin'), identity, at), [404, 'admin_path_closed']);
    const answer = await call([], identity, at);
    assert.equal(answer.json()['error'], 'not_found');
  }
  for (const path of ['/Services/x', '//services/x', '/%73ervices/x', '/x/../services/x']) {
    assert.equal((await call(naming('admin'), operator, { path, at: 'public' })).status, 400, path);
  }
  assert.equal(upstream.requests.length, 0);
});

test('a user has to be named once, and so that nobody reads another name', async (t) => {
  const { refusal, upstream } = await start(t);
  const cases: readonly Headers[] = [
    [],
    [...naming('admin'), ...naming('admin')],
    [...naming('admin'), ['username', 'robot']],
    naming(''),
    naming('*'),
    naming('ädmin'),
    naming('x'.repeat(129)),
    naming('admin\tx'),
  ];
  for (const [index, headers] of cases.entries()) {
    assert.deepEqual(await refusal(headers, operator), [400, 'admin_user_invalid'], `${index}`);
  }
  assert.equal(upstream.requests.length, 0);
});

test('a name in base64 is read strictly', async (t) => {
  const yaml = ADMIN.replace('listeners:', 'user_encoding: base64\n    listeners:');
  const { call, refusal, upstream } = await start(t, { yaml });
  const name = Buffer.from('admin').toString('base64');
  assert.equal((await call(naming(name), operator)).status, 200);
  assert.equal(upstream.requests.at(-1)?.headers['x-certbound-user'], 'admin');
  for (const value of [
    'admin',
    name.replace('=', ''),
    `${name}=`,
    `${name} `.repeat(2).trim(),
    Buffer.from('admin\r\nx-role: root').toString('base64'),
    Buffer.from('admin\0').toString('base64'),
    Buffer.from(' admin').toString('base64'),
    Buffer.from('adm\u0131n').toString('base64'),
    Buffer.from('a'.repeat(200)).toString('base64'),
  ]) {
    assert.deepEqual(await refusal(naming(value), operator), [400, 'admin_user_invalid'], value);
  }
  assert.equal(upstream.requests.length, 1);
});

test('no client writes the header by which the server is told the user', async (t) => {
  const { call, upstream } = await start(t);
  const headers: Headers = [
    ...naming('admin'),
    ['X-Certbound-User', 'root'],
    ['x_certbound_user', 'root'],
    ['connection', 'x-certbound-user, username'],
  ];
  assert.equal((await call(headers, operator)).status, 200);
  const { rawHeaders = [] } = upstream.requests.at(-1) ?? {};
  assert.ok(!rawHeaders.includes('root'));
  assert.ok(rawHeaders.includes('x-certbound-user'));
  // Neither of them passes anywhere else.
  assert.equal((await call(headers, operator, { path: '/open', at: 'public' })).status, 200);
  const open = upstream.requests.at(-1)?.headers;
  assert.deepEqual([open?.['x-certbound-user'], open?.['username']], [undefined, undefined]);
});

test('a header of a configured name is stripped everywhere, too', async (t) => {
  const yaml = ADMIN.replace(
    'listeners:',
    'user_header: X-Acting-For\n    vouched_user_header: x-acting-user\n    listeners:',
  );
  const { call, upstream } = await start(t, { yaml });
  const headers: Headers = [
    ['X-Acting-For', 'admin'],
    ['X-Acting-User', 'root'],
  ];
  assert.equal((await call(headers, operator)).status, 200);
  assert.equal(upstream.requests.at(-1)?.headers['x-acting-user'], 'admin');
  assert.equal(upstream.requests.at(-1)?.headers['x-acting-for'], undefined);
  assert.equal((await call(headers, operator, { path: '/open' })).status, 200);
  assert.equal(upstream.requests.at(-1)?.headers['x-acting-user'], undefined);
  assert.equal(upstream.requests.at(-1)?.headers['x-acting-for'], undefined);
});

test('nobody is vouched for beside other credentials', async (t) => {
  const { refusal, upstream } = await start(t);
  for (const value of ['Basic YWRtaW46YWRtaW4=', 'Bearer x', '']) {
    const headers: Headers = [...naming('admin'), ['authorization', value]];
    assert.deepEqual(await refusal(headers, operator), [400, 'client_methods_several'], value);
  }
  assert.equal(upstream.requests.length, 0);
});

test('a SHA-1 thumbprint counts only where a CA vouches for the certificate', async (t) => {
  const sha1 = ({ certificate }: Issued) => createHash('sha1').update(certificate).digest('hex');
  const yaml = `
admin_paths:
  - path: /services/*
    listeners: [admin]
    allow_sha1: true
    certificate_thumbprints: ['${sha1(operator)}', '${sha1(listed)}']
    users: {'${sha1(operator)}': [admin], '${sha1(listed)}': [robot]}
`;
  const { call, refusal } = await start(t, { yaml });
  assert.equal((await call(naming('admin'), operator)).status, 200);
  assert.deepEqual(await refusal(naming('robot'), listed), [403, 'admin_certificate_not_allowed']);
  // As WSO2 has them, in the trust store.
  const anchored = await start(t, { yaml, anchors: listed.certificatePem });
  assert.equal((await anchored.call(naming('robot'), listed)).status, 200);
});

test('a longer admin path takes the place of a protected prefix', async (t) => {
  const { call, upstream } = await start(t, {
    yaml: `${ADMIN}protected_paths: [{path: /*}]\n`,
  });
  assert.equal((await call(naming('admin'), operator)).status, 200);
  assert.equal((await call([], operator, { path: '/other' })).status, 401);
  assert.equal(upstream.requests.length, 1);
});

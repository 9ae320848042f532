import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { http2Request } from '../support/http2-client.ts';
import { httpsRequest } from '../support/https-client.ts';
import type { ClientAnswer, ClientOptions } from '../support/https-client.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';
import { told } from './behind-balancer.ts';

type Headers = readonly (readonly [string, string])[];
type Request = Partial<Pick<ClientOptions, 'method' | 'headers' | 'body'>> & {
  readonly path: string;
  /** Presents its certificate. */
  readonly by?: Issued | undefined;
  /** The place of the listener. */
  readonly at?: number;
};

/** How a request and its certificate come. */
const WAYS = [
  { protocol: 'HTTP/1.1', request: httpsRequest, isTold: false },
  { protocol: 'HTTP/2', request: http2Request, isTold: false },
  { protocol: 'HTTP/1.1', request: httpsRequest, isTold: true },
  { protocol: 'HTTP/2', request: http2Request, isTold: true },
] as const;

const authority = await createAuthority({ name: 'Admin CA' });
const operator = await authority.issue({ subject: 'CN=operator', eku: ['clientAuth'] });
const colleague = await authority.issue({ subject: 'CN=colleague', eku: ['clientAuth'] });
/** Of the name of the CA, and vouched for by nobody. */
const double = await createAuthority({ name: 'Admin CA' });
const forged = await double.issue({ subject: 'CN=operator', eku: ['clientAuth'] });
const owner = await selfSigned({ subject: 'CN=owner' });
const thief = await selfSigned({ subject: 'CN=owner' });

const listener = (name: string, isTold: boolean) => `
  - name: ${name}
    address: 127.0.0.1:0
    certificate: server.pem
    private_key: server-key.pem
    client_ca: [admin-ca.pem]${
      isTold ? '\n    from_load_balancer: {format: one_line_pem, peers: [127.0.0.1]}' : ''
    }`;

const SEALED = 'token_binding: {kept: sealed, sealing_keys: [seal.key]}';

const SECTIONS = `
clients:
  - client_id: owner
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [owner.pem]
    upstream: {client_secret: held}
protected_paths: [{path: /api/*}, {path: /loose/*, binding: if_bound}]
admin_paths:
  - path: /services/*
    listeners: [admin]
    trusted_issuers: ['CN=Admin CA,O=Test']
    users: {'${operator.thumbprint}': [admin]}
`;

/** A gateway with a listener for everybody and one for administrators, and how one asks it so. */
async function start(t: TestContext, { request, isTold }: (typeof WAYS)[number], keys = '') {
  const upstream = await startRecordingUpstream(({ url }, response) => {
    response.setHeader('content-type', 'application/json');
    const issued = { access_token: randomBytes(9).toString('hex'), refresh_token: 'refresh-1' };
    response.end(url === '/oauth2/token' ? JSON.stringify(issued) : '{"served":true}');
  });
  t.after(() => upstream.close());
  const gateway = await startGateway({
    listeners: `listeners:${listener('public', isTold)}${listener('admin', isTold)}`,
    yaml: `token_service: {upstream: {url: '${upstream.url}', ${keys}}}\n${SECTIONS}`,
    files: {
      'admin-ca.pem': authority.certificatePem,
      'owner.pem': owner.certificatePem,
      'seal.key': randomBytes(32).toString('base64'),
    },
  });
  t.after(() => gateway.close());
  const call = ({ by, at = 0, headers = [], ...rest }: Request): Promise<ClientAnswer> => {
    const own: Headers = by !== undefined && isTold ? [told(by)] : [];
    const port = gateway.ports[at] ?? 0;
    return request({
      port,
      ca: gateway.ca,
      ...rest,
      headers: [...own, ...headers],
      ...(by !== undefined && !isTold && by),
    });
  };
  return {
    gateway,
    call,
    passed: () => upstream.requests.filter(({ url }) => url !== '/oauth2/token'),
    tokens: async () => {
      const answer = await call({
        path: '/oauth2/token',
        method: 'POST',
        headers: [['content-type', 'application/x-www-form-urlencoded']],
        body: 'grant_type=client_credentials&client_id=owner',
        by: owner,
      });
      const { access_token: access, refresh_token: refresh } = answer.json();
      return { access: String(access), refresh: String(refresh) };
    },
    /** Status and reason of a refusal. */
    refusal: async (asked: Request) => {
      const answer = await call(asked);
      const id = answer.headers['x-request-id'];
      const line = await gateway.logged(({ request_id: logged }) => logged === id);
      return [answer.status, line['reason']];
    },
  };
}

const bearer = (token: string): Headers => [['authorization', `Bearer ${token}`]];
const naming = (user: string): Headers => [['username', user]];

for (const way of WAYS) {
  const title = `${way.protocol}, ${way.isTold ? 'told by a load balancer' : 'on the connection'}`;

  for (const [kept, keys] of [
    ['stored', ''],
    ['sealed', SEALED],
  ] as const) {
    test(`T31 ${title}, ${kept}: a stolen token opens no protected path`, async (t) => {
      const { call, refusal, tokens, passed } = await start(t, way, keys);
      const { access, refresh } = await tokens();
      for (const path of ['/api/x', '/loose/x']) {
        const headers = bearer(access);
        assert.deepEqual(await refusal({ path, headers, by: thief }), [401, 'binding_mismatch']);
        assert.deepEqual(await refusal({ path, headers }), [401, 'certificate_absent']);
        const renewing = { path, headers: bearer(refresh), by: owner };
        assert.deepEqual(await refusal(renewing), [401, 'token_invalid']);
        assert.equal(
          (await call({ path: `${path}?access_token=a`, headers, by: owner })).status,
          400,
        );
      }
      for (const path of ['/API/x', '//api/x', '/%61pi/x', '/x/../api/y', '/api%2fx']) {
        assert.equal((await call({ path, by: owner })).status, 400, path);
      }
      assert.equal(passed().length, 0);
      for (const path of ['/api/x', '/loose/x']) {
        const answer = await call({ path, headers: bearer(access), by: owner });
        assert.deepEqual([answer.status, answer.json()], [200, { served: true }]);
      }
      assert.deepEqual(
        passed().map(({ headers }) => headers.authorization?.startsWith('Bearer cbs1.')),
        [false, false],
      );
    });
  }

  test(`CVE-2025-9312 ${title}: an admin path opens to the right certificate alone`, async (t) => {
    const { call, refusal, passed } = await start(t, way);
    const path = '/services/AdminService';
    const asked = { path, headers: naming('admin'), at: 1 };
    const denied = 'admin_certificate_not_allowed';
    assert.deepEqual(await refusal({ ...asked, by: colleague }), [403, denied]);
    assert.equal((await refusal({ ...asked, by: forged }))[0], 403);
    assert.equal((await refusal({ ...asked, by: thief }))[0], 403);
    assert.deepEqual(await refusal(asked), [400, 'certificate_absent']);
    const root = { ...asked, headers: naming('root'), by: operator };
    assert.deepEqual(await refusal(root), [403, 'admin_user_not_allowed']);
    for (const [headers, status] of [
      [[...naming('admin'), ...naming('admin')], 400],
      [[['user_name', 'admin']], 400],
      [[], 400],
      [naming('admin,root'), 403],
    ] as const) {
      assert.equal((await call({ ...asked, headers, by: operator })).status, status);
    }
    const elsewhere = { ...asked, by: operator, at: 0 };
    assert.deepEqual(await refusal(elsewhere), [404, 'admin_path_closed']);
    for (const spelling of ['/Services/x', '//services/x', '/%73ervices/x', '/x/../services/x']) {
      assert.equal((await call({ ...elsewhere, path: spelling })).status, 400, spelling);
    }
    assert.equal(passed().length, 0);

    const claims: Headers = [...naming('admin'), ['x-certbound-user', 'root']];
    assert.equal((await call({ ...asked, headers: claims, by: operator })).status, 200);
    const { headers } = passed().at(-1) ?? {};
    assert.deepEqual([headers?.['x-certbound-user'], headers?.['username']], ['admin', undefined]);
  });

  test(`T20 ${title}: a certificate that stands elsewhere is nobody's`, async (t) => {
    const { call, tokens, passed } = await start(t, way);
    const { access } = await tokens();
    const [name, text] = told(owner);
    const besides: readonly Headers[] = way.isTold
      ? [[told(owner), told(thief)], [[name, `${text}, ${told(thief)[1]}`]]]
      : [
          [told(owner)],
          [['client-cert', `:${Buffer.from(owner.certificate).toString('base64')}:`]],
        ];
    for (const headers of besides) {
      const answer = await call({ path: '/api/x', headers: [...headers, ...bearer(access)] });
      // What a balancer says can't be used, or nothing is presented.
      assert.equal(answer.status, way.isTold ? 400 : 401, answer.text);
    }
    assert.equal(passed().length, 0);
  });
}

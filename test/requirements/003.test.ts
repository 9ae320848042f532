import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { parseCertificate } from '../../src/certificate/parse.ts';
import { readCertificates } from '../../src/certificate/pem.ts';
import { validityProblem } from '../../src/certificate/validity.ts';
import { parseConfig } from '../../src/config/load.ts';
import { HEADER, startBehindBalancer, told } from '../gateway/behind-balancer.ts';
import { withoutCurl } from '../gateway/curl.ts';
import { selfSigned } from '../support/pki.ts';
import { startGateway } from '../support/running-gateway.ts';
import { startSecretServer } from '../support/secret-server.ts';
import type { Grant } from '../support/secret-server.ts';
import { createWorkshop } from '../support/workshop.ts';
import { runDocumented } from './document-command.ts';

const CLIENT_ID = 'h9gd1bLEgzUwftAhnrof0fZWcZwa';
const CODE = 'd7678fec-2cb0-374b-82cb-d368d301be57';
const REDIRECT_URI = 'http://localhost:8080/playground2/oauth2client';

/** The value in the sample answer, which is that of the sample certificate. */
const THUMBPRINT = 'mt3KDY1hofQurloTbphKHCSrTlAGl5MlgXX6Xxj9c_E';

/** The example of the project registers the certificate of the document. */
const EXAMPLE = 'deploy/examples/behind-load-balancer.yaml';
const example = await readFile(new URL(`../../${EXAMPLE}`, import.meta.url), 'utf8');
const { config } = parseConfig(example, { file: EXAMPLE, baseDir: '/', env: {} });
const [pem = ''] = config.clients[0]?.certificates ?? [];
const [der = new Uint8Array()] = readCertificates(pem);
const certificate = parseCertificate(der);

const skip =
  withoutCurl ||
  (validityProblem(certificate, Date.now()) === undefined
    ? false
    : 'the certificate of the document is out of date');

const [, onOneLine] = told({ certificatePem: pem });

/** As the document writes its requests, line by line. */
const tokenRequest = (form: string): string => `curl -X POST \\
https://localhost:9443/oauth2/token \\
-H 'content-type: application/x-www-form-urlencoded' \\
-H '${HEADER}: ${onOneLine}' \\
-d '${form}'`;

const CLIENT_CREDENTIALS = tokenRequest(`grant_type=client_credentials&client_id=${CLIENT_ID}`);
const AUTHORIZATION_CODE = tokenRequest(
  `grant_type=authorization_code&client_id=${CLIENT_ID}&code=${CODE}&redirect_uri=http%3A%2F%2Flocalhost%3A8080%2Fplayground2%2Foauth2client`,
);
const REFRESH = tokenRequest(
  `grant_type=refresh_token&refresh_token=47757b20-1013-3fd7-a547-c8b080427abd&client_id=${CLIENT_ID}`,
);
const INTROSPECTION = `curl -X POST \\
https://localhost:9443/oauth2/introspect \\
-H 'authorization: Basic YWRtaW46YWRtaW4=' \\
-H 'content-type: application/x-www-form-urlencoded' \\
-d token=9d109c6d-d42e-3b6e-9d93-ae3cb8f65ade`;

const CREDENTIALS_TOKENS = ['9d109c6d-d42e-3b6e-9d93-ae3cb8f65ade'] as const;
const CODE_TOKENS = [
  '72480539-a018-3611-aeb3-1e3e8b7f78da',
  '47757b20-1013-3fd7-a547-c8b080427abd',
  'e01612d2-5538-32ac-9b1c-c2978ce47e91',
  '0278af3e-e75b-3f66-bad5-13a773397b8e',
] as const;

/** The members of the sample answers beside the tokens; nobody here verifies the ID token. */
const issued = ({ user, scope }: Grant) =>
  user === undefined
    ? { scope: 'default', token_type: 'Bearer', expires_in: 3_445 }
    : { scope, id_token: 'eyJ4.eyJz.c7zu', token_type: 'Bearer', expires_in: 3_600 };

const DESCRIPTION = {
  nbf: 1_586_929_210,
  scope: 'openid',
  token_type: 'Bearer',
  exp: 1_586_932_810,
  iat: 1_586_929_210,
  client_id: CLIENT_ID,
  username: 'admin@carbon.super',
} as const;

interface Options {
  readonly tokens: readonly string[];
  /** Keys of introspection. */
  readonly introspection?: Readonly<Record<string, unknown>>;
  /** Members of the introspection answer in place of those of the document. */
  readonly description?: Readonly<Record<string, unknown>>;
  readonly behindBalancer?: boolean;
}

/** A server of the old kind behind the gateway, which knows the client by its certificate. */
async function start(t: TestContext, options: Options) {
  const { tokens, introspection = {}, description = {}, behindBalancer = true } = options;
  const server = await startSecretServer({
    clients: { [CLIENT_ID]: 'held', admin: 'admin' },
    codes: {
      [CODE]: { clientId: CLIENT_ID, redirectUri: REDIRECT_URI, scope: 'openid', user: 'admin' },
    },
    tokens,
    issued,
    told: () => ({ ...DESCRIPTION, ...description }),
  });
  t.after(() => server.close());
  const client = {
    client_id: CLIENT_ID,
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    certificates: ['application.pem'],
    upstream: { client_secret: 'held' },
  };
  const upstream = { url: server.url, introspection };
  const files = {
    // JSON is YAML too.
    yaml: `token_service: ${JSON.stringify({ upstream })}\nclients: ${JSON.stringify([client])}`,
    files: { 'application.pem': pem },
  };
  const gateway = await (behindBalancer ? startBehindBalancer(t, files) : startGateway(files));
  if (!behindBalancer) t.after(() => gateway.close());
  const workshop = createWorkshop((clean) => t.after(clean));
  return (command: string) => runDocumented(command, gateway, workshop);
}

const PREFIX = 'Requirement 003:';

test(
  `${PREFIX} client credentials with the certificate in the header of the balancer`,
  { skip },
  async (t) => {
    const run = await start(t, { tokens: CREDENTIALS_TOKENS });
    assert.deepEqual(await run(CLIENT_CREDENTIALS), {
      status: 200,
      body: {
        access_token: '9d109c6d-d42e-3b6e-9d93-ae3cb8f65ade',
        scope: 'default',
        token_type: 'Bearer',
        expires_in: 3_445,
      },
    });
  },
);

test(
  `${PREFIX} an authorization code, and the refresh token that it brings`,
  { skip },
  async (t) => {
    const run = await start(t, { tokens: CODE_TOKENS });
    const rest = issued({ clientId: CLIENT_ID, user: 'admin', scope: 'openid' });
    const [access, refresh, renewed, next] = CODE_TOKENS;
    assert.deepEqual(await run(AUTHORIZATION_CODE), {
      status: 200,
      body: { access_token: access, refresh_token: refresh, ...rest },
    });
    assert.deepEqual(await run(REFRESH), {
      status: 200,
      body: { access_token: renewed, refresh_token: next, ...rest },
    });
    // Of all three grants the tokens are bound.
    for (const token of [access, renewed]) {
      const { body } = await run(INTROSPECTION.replace(/token=.*$/, `token=${token}`));
      assert.deepEqual(body['cnf'], { 'x5t#S256': THUMBPRINT });
    }
    assert.equal((await run(AUTHORIZATION_CODE)).body['error'], 'invalid_grant');
  },
);

for (const [title, introspection, cnf] of [
  ['x5t#S256, as RFC 8705 has it', {}, { 'x5t#S256': THUMBPRINT }],
  [
    'x5t#SHA256, too, where legacy_x5t_sha256 asks for it',
    { legacy_x5t_sha256: true },
    { 'x5t#S256': THUMBPRINT, 'x5t#SHA256': THUMBPRINT },
  ],
] as const) {
  test(`${PREFIX} the introspection answer has cnf with ${title}`, { skip }, async (t) => {
    const run = await start(t, { tokens: CREDENTIALS_TOKENS, introspection });
    await run(CLIENT_CREDENTIALS);
    assert.deepEqual(await run(INTROSPECTION), {
      status: 200,
      body: { ...DESCRIPTION, active: true, cnf },
    });
  });
}

test(
  `${PREFIX} the scopes in which the server hides a certificate are not shown`,
  { skip },
  async (t) => {
    const scope = `openid x5t#SHA256:${THUMBPRINT} TIME_1586929210`;
    const hidden = { tokens: CREDENTIALS_TOKENS, description: { scope } };
    const run = await start(t, hidden);
    await run(CLIENT_CREDENTIALS);
    assert.equal((await run(INTROSPECTION)).body['scope'], 'openid');
    const asItIs = await start(t, { ...hidden, introspection: { remove_hidden_scopes: false } });
    await asItIs(CLIENT_CREDENTIALS);
    assert.equal((await asItIs(INTROSPECTION)).body['scope'], scope);
  },
);

test(
  `${PREFIX} UMA permissions of the introspection answer stay beside cnf`,
  { skip },
  async (t) => {
    const permissions = [{ resource_id: 'r', resource_scopes: ['view'], exp: 1_586_932_810 }];
    const run = await start(t, { tokens: CREDENTIALS_TOKENS, description: { permissions } });
    await run(CLIENT_CREDENTIALS);
    const { body } = await run(INTROSPECTION);
    assert.deepEqual(body['permissions'], permissions);
    assert.deepEqual(body['cnf'], { 'x5t#S256': THUMBPRINT });
  },
);

test(
  `${PREFIX} T19: the header counts from the balancer alone, and another certificate never`,
  { skip },
  async (t) => {
    const refused = { status: 401, error: 'invalid_client' };
    const outcome = async (run: Awaited<ReturnType<typeof start>>, command: string) => {
      const { status, body } = await run(command);
      return { status, error: body['error'] };
    };
    const direct = await start(t, { tokens: CREDENTIALS_TOKENS, behindBalancer: false });
    assert.deepEqual(await outcome(direct, CLIENT_CREDENTIALS), refused);
    const behind = await start(t, { tokens: CREDENTIALS_TOKENS });
    const [, another] = told(await selfSigned());
    const stolen = CLIENT_CREDENTIALS.replace(onOneLine, another);
    assert.deepEqual(await outcome(behind, stolen), refused);
  },
);

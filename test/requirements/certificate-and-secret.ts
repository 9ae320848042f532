/** Two of the documents are one page in two forms; each of them is tested under its own name. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { basic, postForm } from '../support/https-client.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { startSecretServer } from '../support/secret-server.ts';
import { createWorkshop, withoutOpenssl } from '../support/workshop.ts';
import type { Workshop } from '../support/workshop.ts';
import { withoutCurl } from '../gateway/curl.ts';
import { runDocumented, withPageBreaksJoined } from './document-command.ts';

const CLIENT_ID = '2fjjjsCfTlLqptsj_goJcplgTyka';
const SECRET = 'dSw8sxIFG83N8gmLDqz5HPwrKT4a';

/** As the page breaks it. */
const SAMPLE = `curl -k -d "grant_type=password&username=admin&password=admin&client_id=${CLIENT_ID}
    &client_secret=${SECRET}" -H "Content-Type: application/x-www-form-urlencoded" -i --cert cert.pem --key key.pem https://localhost:9443/oauth2/token `;
const JOINED = withPageBreaksJoined(SAMPLE);
const WITHOUT_CERTIFICATE = JOINED.replace('--cert cert.pem --key key.pem', '');

/** What the page says of the query: the credentials of the client stand there. */
const IN_QUERY = JOINED.replace(`&client_id=${CLIENT_ID}&client_secret=${SECRET}`, '').replace(
  'https://localhost:9443/oauth2/token',
  `'https://localhost:9443/oauth2/token?client_id=${CLIENT_ID}&client_secret=${SECRET}'`,
);

const ISSUED = {
  access_token: 'ad25a42e-1a54-35a4-bc8b-4da5c9122ecc',
  refresh_token: '3b7cf936-4143-3539-b0fb-e11856ea5b46',
  token_type: 'Bearer',
  expires_in: 3_600,
} as const;

const REFUSED = { status: 401, error: 'invalid_client' } as const;

interface Fixture {
  readonly gateway: GatewayFixture;
  readonly run: (command: string) => ReturnType<typeof runDocumented>;
  /** Status and error of a refusal. */
  readonly refusalOf: (command: string) => Promise<Readonly<Record<string, unknown>>>;
}

/** The files `cert.pem` and `key.pem`, by the commands of the page. */
function makeCertificate({ openssl }: Workshop): void {
  openssl('genrsa', '-out', 'cert.key', '2048');
  const request = ['req', '-x509', '-new', '-nodes', '-key', 'cert.key', '-sha256'];
  // What the tools would ask for.
  openssl(...request, '-days', '1024', '-out', 'cert.pem', '-subj', '/C=SL/O=WSO2/CN=client');
  const pair = ['-in', 'cert.pem', '-inkey', 'cert.key', '-out', 'serverkeystore.p12'];
  openssl('pkcs12', '-export', '-name', 'server-cert', ...pair, '-passout', 'pass:secret');
  const store = ['-in', 'serverkeystore.p12', '-passin', 'pass:secret'];
  openssl('pkcs12', ...store, '-out', 'key.pem', '-nodes');
}

/** A gateway before a server that knows the secret; `keys` are those of the client. */
async function start(
  t: TestContext,
  keys: Readonly<Record<string, unknown>> = {},
  { registered = true } = {},
): Promise<Fixture> {
  const workshop = createWorkshop((clean) => t.after(clean));
  makeCertificate(workshop);
  const server = await startSecretServer({
    clients: { [CLIENT_ID]: SECRET, 'resource-server': 'rs-secret' },
    users: { admin: 'admin' },
    tokens: [ISSUED.access_token, ISSUED.refresh_token],
    issued: () => ({ expires_in: ISSUED.expires_in }),
  });
  t.after(() => server.close());
  const client = {
    client_id: CLIENT_ID,
    token_endpoint_auth_method: 'certificate_and_secret',
    ...(registered && { certificates: ['registered.pem'] }),
    ...keys,
  };
  // JSON is YAML too.
  const gateway = await startGateway({
    yaml: `token_service: {upstream: {url: '${server.url}'}}\nclients: ${JSON.stringify([client])}`,
    files: { 'registered.pem': workshop.read('cert.pem') },
  });
  t.after(() => gateway.close());
  const run: Fixture['run'] = (command) => runDocumented(command, gateway, workshop);
  return {
    gateway,
    run,
    refusalOf: async (command) => {
      const { status, body } = await run(command);
      return { status, error: body['error'] };
    },
  };
}

/** Whether the token of the page is bound to a certificate. */
async function isBound({ port, ca }: GatewayFixture): Promise<boolean> {
  const headers = [basic('resource-server', 'rs-secret')];
  const form = { token: ISSUED.access_token };
  const path = '/oauth2/introspect';
  const answer = await postForm({ port, ca, path, headers, form });
  assert.equal(answer.json()['active'], true, answer.text);
  return answer.json()['cnf'] !== undefined;
}

export function testCertificateAndSecret(document: string): void {
  const skip = withoutCurl || withoutOpenssl;

  test(
    `${document}: client id, secret and certificate get the token of the page`,
    { skip },
    async (t) => {
      const { run, gateway } = await start(t);
      assert.deepEqual(await run(JOINED), { status: 200, body: ISSUED });
      assert.equal(await isBound(gateway), true);
    },
  );

  test(
    `${document}: the line break of the page within client_id is invalid_client`,
    { skip },
    async (t) => {
      const { refusalOf } = await start(t);
      assert.deepEqual(await refusalOf(SAMPLE), REFUSED);
    },
  );

  test(`${document}: neither the secret nor the certificate will do alone`, { skip }, async (t) => {
    const { refusalOf } = await start(t);
    for (const command of [
      WITHOUT_CERTIFICATE,
      JOINED.replace(`&client_secret=${SECRET}`, ''),
      JOINED.replace(SECRET, 'guessed'),
    ]) {
      assert.deepEqual(await refusalOf(command), REFUSED, command);
    }
  });

  test(
    `${document}: the secret in the query is refused, as RFC 6749 has it`,
    { skip },
    async (t) => {
      const { refusalOf } = await start(t);
      assert.deepEqual(await refusalOf(IN_QUERY), { status: 400, error: 'invalid_request' });
    },
  );

  test(`${document}: with allow_secret_in_query it is taken from there`, { skip }, async (t) => {
    const { run } = await start(t, { allow_secret_in_query: true });
    assert.deepEqual(await run(IN_QUERY), { status: 200, body: ISSUED });
  });

  test(
    `${document}: MandateMutualSSL true: a client without a registered certificate is refused`,
    { skip },
    async (t) => {
      await assert.rejects(start(t, {}, { registered: false }), /mandate_certificate/);
    },
  );

  test(
    `${document}: MandateMutualSSL false: it gets in with its secret alone`,
    { skip },
    async (t) => {
      const keys = { mandate_certificate: false, certificate_binding: 'if_present' };
      const { run, gateway } = await start(t, keys, { registered: false });
      assert.deepEqual(await run(WITHOUT_CERTIFICATE), { status: 200, body: ISSUED });
      assert.equal(await isBound(gateway), false);
    },
  );

  test(
    `${document}: MandateMutualSSL false makes up for no certificate that is wrong`,
    { skip },
    async (t) => {
      const { refusalOf } = await start(t, { mandate_certificate: false });
      assert.deepEqual(await refusalOf(WITHOUT_CERTIFICATE), REFUSED);
    },
  );
}

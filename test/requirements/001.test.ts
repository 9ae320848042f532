import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { jwkWithChain } from '../clients/presented.ts';
import { withoutCurl } from '../gateway/curl.ts';
import { readCertificates } from '../../src/certificate/pem.ts';
import { thumbprintOf } from '../../src/certificate/thumbprint.ts';
import { basic, postForm } from '../support/https-client.ts';
import { createAuthority } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { startSecretServer } from '../support/secret-server.ts';
import { createWorkshop, withoutKeytool, withoutOpenssl } from '../support/workshop.ts';
import type { Workshop } from '../support/workshop.ts';
import { runDocumented } from './document-command.ts';

const CLIENT_ID = 'qiB6avlILBqnJLSxOfadoJYwOnQa';
const SAMPLE = `curl -k -d "grant_type=password&username=admin&password=admin&client_id=${CLIENT_ID}" -H "Content-Type: application/x-www-form-urlencoded" https://localhost:9443/oauth2/token -i  --cert certificate.pem --key key.pem`;
const WITHOUT_CERTIFICATE = SAMPLE.replace('--cert certificate.pem --key key.pem', '');
const FORM = 'grant_type=password&username=admin&password=admin';

/** What the documents show of a token that came by a password. */
const ISSUED = {
  access_token: 'ad25a42e-1a54-35a4-bc8b-4da5c9122ecc',
  refresh_token: '3b7cf936-4143-3539-b0fb-e11856ea5b46',
  token_type: 'Bearer',
  expires_in: 3_600,
} as const;

const skip = withoutCurl || withoutOpenssl;

interface Fixture {
  readonly gateway: GatewayFixture;
  readonly workshop: Workshop;
  readonly run: (command: string) => ReturnType<typeof runDocumented>;
}

type ClientKeys = Readonly<Record<string, unknown>>;

interface Options {
  /** The keys by which the client is known; made from the workshop with the certificate. */
  readonly keys: (workshop: Workshop) => ClientKeys | Promise<ClientKeys>;
  readonly mode?: 'want' | 'require';
  /** YAML keys of the listener. */
  readonly listener?: string;
  readonly clientCa?: string;
}

/** Its certificate by the command of the document, in files as the request names them. */
function makeCertificate(workshop: Workshop): void {
  const keys = ['req', '-newkey', 'rsa:2048', '-x509', '-keyout', 'key.pem', '-nodes'];
  const subject = '/C=SL/O=WSO2/CN=client';
  workshop.openssl(...keys, '-out', 'client-certificate.pem', '-days', '3650', '-subj', subject);
  workshop.write('certificate.pem', workshop.read('client-certificate.pem'));
}

async function start(
  t: TestContext,
  { keys, mode = 'want', listener = '', clientCa }: Options,
): Promise<Fixture> {
  const workshop = createWorkshop((clean) => t.after(clean));
  makeCertificate(workshop);
  const server = await startSecretServer({
    clients: { [CLIENT_ID]: 'held', web: 'web-secret', 'resource-server': 'rs-secret' },
    users: { admin: 'admin' },
    tokens: [ISSUED.access_token, ISSUED.refresh_token],
    issued: () => ({ expires_in: ISSUED.expires_in }),
  });
  t.after(() => server.close());
  const clients = [
    { client_id: CLIENT_ID, upstream: { client_secret: 'held' }, ...(await keys(workshop)) },
    { client_id: 'web', token_endpoint_auth_method: 'client_secret_basic' },
  ];
  const files = ['certificate.pem', ...(clientCa === undefined ? [] : [clientCa])];
  const gateway = await startGateway({
    // JSON is YAML too.
    yaml: `token_service: {upstream: {url: '${server.url}'}}\nclients: ${JSON.stringify(clients)}`,
    listener: `    client_certificate: ${mode}\n${listener}`,
    files: {
      ...Object.fromEntries(files.map((name) => [name, workshop.read(name)])),
      'store-passphrase': 'wso2carbon\n',
    },
    ...(clientCa === undefined ? {} : { clientCa }),
  });
  t.after(() => gateway.close());
  return { gateway, workshop, run: (command) => runDocumented(command, gateway, workshop) };
}

function derOf({ read }: Workshop): Uint8Array {
  const [der = new Uint8Array()] = readCertificates(read('certificate.pem').toString('utf8'));
  return der;
}

async function expectBound({ gateway: { port, ca }, workshop }: Fixture): Promise<void> {
  const headers = [basic('resource-server', 'rs-secret')];
  const form = { token: ISSUED.access_token };
  const answer = await postForm({ port, ca, path: '/oauth2/introspect', headers, form });
  const cnf = { 'x5t#S256': thumbprintOf(derOf(workshop)) };
  assert.deepEqual(answer.json(), { active: true, cnf });
}

const REGISTERED = () => ({
  token_endpoint_auth_method: 'self_signed_tls_client_auth',
  certificates: ['certificate.pem'],
});

const WAYS: Readonly<Record<string, Options['keys']>> = {
  'its certificate is registered': REGISTERED,
  'its key set is registered': (workshop) => ({
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    jwks: { keys: [jwkWithChain(derOf(workshop))] },
  }),
};

const TRUST_STORE = {
  clientCa: 'client-truststore.jks',
  listener: '    client_ca_passphrase_file: store-passphrase',
} as const;

/** The CA in a store of keytool, and a certificate in place of the self-signed one. */
function issuedBy(authority: Issued, identity?: Issued): Options['keys'] {
  return async ({ write, keytool }) => {
    const subject = 'CN=client,O=WSO2,C=SL';
    const { certificatePem, privateKeyPem } = identity ?? (await authority.issue({ subject }));
    write('certificate.pem', certificatePem);
    write('key.pem', privateKeyPem);
    write('client-ca.pem', authority.certificatePem);
    const store = ['-keystore', TRUST_STORE.clientCa, '-storepass', 'wso2carbon'];
    const entry = ['-alias', 'client', '-file', 'client-ca.pem'];
    keytool('-import', '-trustcacerts', ...entry, ...store, '-storetype', 'JKS', '-noprompt');
    return { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: subject };
  };
}

for (const [way, keys] of Object.entries(WAYS)) {
  test(
    `Requirement 001: a client gets a token by its certificate alone where ${way}`,
    { skip },
    async (t) => {
      const fixture = await start(t, { keys });
      assert.deepEqual(await fixture.run(SAMPLE), { status: 200, body: ISSUED });
      await expectBound(fixture);
    },
  );
}

test(
  'Requirement 001: a CA imported by keytool vouches for the subject that is registered',
  { skip: skip || withoutKeytool },
  async (t) => {
    const fixture = await start(t, { keys: issuedBy(await createAuthority()), ...TRUST_STORE });
    assert.deepEqual(await fixture.run(SAMPLE), { status: 200, body: ISSUED });
    await expectBound(fixture);
  },
);

test(
  'Requirement 001: of a CA of the same name that was not imported nobody is the client',
  { skip: skip || withoutKeytool },
  async (t) => {
    const [trusted, forged] = [await createAuthority(), await createAuthority()];
    const keys = issuedBy(trusted, await forged.issue({ subject: 'CN=client,O=WSO2,C=SL' }));
    const { run } = await start(t, { keys, ...TRUST_STORE });
    const { status, body } = await run(SAMPLE);
    assert.deepEqual([status, body['error']], [401, 'invalid_client']);
  },
);

test(
  'Requirement 001: without the certificate, or with another one, nobody is the client',
  { skip },
  async (t) => {
    const { run, gateway, workshop } = await start(t, { keys: REGISTERED });
    const refused = async (command: string) => {
      const { status, body } = await run(command);
      assert.deepEqual([status, body['error']], [401, 'invalid_client']);
    };
    await refused(WITHOUT_CERTIFICATE);
    workshop.write('certificate.pem', gateway.stranger.certificatePem);
    workshop.write('key.pem', gateway.stranger.privateKeyPem);
    await refused(SAMPLE);
  },
);

test(
  'Requirement 001: clientAuth want serves a client without a certificate, require does not',
  { skip },
  async (t) => {
    for (const [mode, expected] of [
      ['want', 200],
      ['require', 401],
    ] as const) {
      const { gateway, run } = await start(t, { keys: REGISTERED, mode });
      const { port, ca } = gateway;
      const headers = [basic('web', 'web-secret')];
      const web = await postForm({ port, ca, path: '/oauth2/token', headers, form: FORM });
      assert.equal(web.status, expected, mode);
      assert.equal((await run(SAMPLE)).status, 200, mode);
    }
  },
);

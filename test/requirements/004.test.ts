import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { thumbprintOf } from '../../src/certificate/thumbprint.ts';
import { withoutCurl } from '../gateway/curl.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';
import { createWorkshop, withoutKeytool, withoutOpenssl } from '../support/workshop.ts';
import type { Workshop } from '../support/workshop.ts';
import { runDocumented } from './document-command.ts';

const skip = withoutCurl || withoutKeytool || withoutOpenssl;

const SERVICE = 'https://localhost:9443/services/RemoteUserStoreManagerService';
const PROOF = '--cert cert.pem --key key.pem';

/**
 * A key store, and by the two commands of the document the trust store with its certificate; then
 * both in files that curl reads.
 *
 * @returns the certificate, in DER.
 */
function makeStores({ keytool, openssl, read }: Workshop): Uint8Array {
  const own = ['-alias', 'wso2carbon', '-keystore', 'wso2carbon.jks', '-storepass', 'wso2carbon'];
  const subject = ['-dname', 'CN=admin,O=WSO2,C=SL', '-keyalg', 'RSA', '-keypass', 'wso2carbon'];
  keytool('-genkeypair', ...own, ...subject, '-storetype', 'JKS');
  keytool('-export', ...own, '-file', 'carbon_public2.crt');
  const trust = ['-keystore', 'client-truststore.jks', '-storepass', 'wso2carbon'];
  const entry = ['-alias', 'carbon', '-file', 'carbon_public2.crt'];
  keytool('-import', '-trustcacerts', ...entry, ...trust, '-storetype', 'JKS', '-noprompt');

  const source = ['-srckeystore', 'wso2carbon.jks', '-srcstorepass', 'wso2carbon'];
  const copy = ['-destkeystore', 'wso2carbon.p12', '-deststorepass', 'wso2carbon'];
  keytool('-importkeystore', ...source, ...copy, '-deststoretype', 'PKCS12');
  const store = ['pkcs12', '-in', 'wso2carbon.p12', '-passin', 'pass:wso2carbon'];
  openssl(...store, '-nokeys', '-out', 'cert.pem');
  openssl(...store, '-nocerts', '-nodes', '-out', 'key.pem');
  return read('carbon_public2.crt');
}

/** A gateway with clientAuth want before the admin services; says whom a certificate may name. */
async function start(t: TestContext, users: (thumbprint: string) => object) {
  const workshop = createWorkshop((clean) => t.after(clean));
  const thumbprint = thumbprintOf(makeStores(workshop));
  const upstream = await startRecordingUpstream();
  t.after(() => upstream.close());
  const admin = { path: '/services/*', listeners: ['public'], ...users(thumbprint) };
  const gateway = await startGateway({
    listener:
      '    client_certificate: want\n    client_ca_passphrase_file: store-passphrase\n    name: public',
    clientCa: 'client-truststore.jks',
    files: {
      'client-truststore.jks': workshop.read('client-truststore.jks'),
      'store-passphrase': 'wso2carbon\n',
    },
    // JSON is YAML too.
    yaml: `token_service: {upstream: {url: '${upstream.url}'}}\nadmin_paths: ${JSON.stringify([admin])}`,
  });
  t.after(() => gateway.close());
  return {
    upstream,
    statusOf: async (command: string) =>
      (await runDocumented(`curl ${command}`, gateway, workshop)).status,
  };
}

const listed = (thumbprint: string) => ({
  certificate_thumbprints: [thumbprint],
  users: { [thumbprint]: ['admin'] },
});

test(
  'Requirement 004: a trusted certificate and the header UserName, without a password',
  { skip },
  async (t) => {
    const { statusOf, upstream } = await start(t, listed);
    assert.equal(await statusOf(`${SERVICE} -H 'UserName: admin' ${PROOF}`), 200);
    const { headers } = upstream.requests.at(-1) ?? {};
    assert.deepEqual([headers?.['x-certbound-user'], headers?.['username']], ['admin', undefined]);
  },
);

test(
  'Requirement 004: clientAuth want serves everything else without a certificate',
  { skip },
  async (t) => {
    const { statusOf, upstream } = await start(t, listed);
    assert.equal(await statusOf('https://localhost:9443/carbon'), 200);
    assert.equal(await statusOf(`${SERVICE} -H 'UserName: admin'`), 400);
    assert.equal(upstream.requests.length, 1);
  },
);

test(
  'Requirement 004: being trusted is not enough, unless WhiteListEnabled false is asked for',
  { skip },
  async (t) => {
    const command = `${SERVICE} -H 'UserName: anybody' ${PROOF}`;
    const closed = await start(t, listed);
    assert.equal(await closed.statusOf(command), 403);
    assert.equal(closed.upstream.requests.length, 0);
    const issuer = 'CN=admin,O=WSO2,C=SL';
    const open = await start(t, () => ({ trusted_issuers: [issuer], users: { [issuer]: ['*'] } }));
    assert.equal(await open.statusOf(command), 200);
    assert.equal(open.upstream.requests.at(-1)?.headers['x-certbound-user'], 'anybody');
  },
);

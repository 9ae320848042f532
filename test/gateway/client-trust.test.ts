import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { createAuthority, HOUR_MS } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { mintCrl, serialOf, writeCrlPem } from '../support/revocation-list.ts';
import { createWorkshop, withoutKeytool, withoutOpenssl } from '../support/workshop.ts';
import { outcomeOf, pkiClient, startWithClients } from './client-attempt.ts';

const SUBJECT = { tls_client_auth_subject_dn: 'CN=client,O=Test' } as const;

const { write, read, openssl, keytool } = createWorkshop(after);
const listed = await createAuthority({ name: 'Listed CA' });
const hidden = await createAuthority({ name: 'Hidden CA' });
const good = await leafOf(listed);
const revoked = await leafOf(listed);
const ofHidden = await leafOf(hidden);
write('listed.pem', listed.certificatePem);

const crl = writeCrlPem(
  mintCrl(listed, { entries: [{ serialNumber: serialOf(revoked.certificate) }] }),
);
const stale = writeCrlPem(
  mintCrl(listed, { thisUpdate: Date.now() - 2 * HOUR_MS, nextUpdate: Date.now() - HOUR_MS }),
);
const files = {
  'both.pem': listed.certificatePem + hidden.certificatePem,
  'listed.pem': listed.certificatePem,
  'private.pem': hidden.certificatePem,
  'listed.crl': crl,
  'stale.crl': stale,
};
const crlFiles = (...names: readonly string[]) => `revocation: {crl_files: [${names.join(', ')}]}`;

function leafOf(authority: Issued): Promise<Issued> {
  return authority.issue({ subject: SUBJECT.tls_client_auth_subject_dn, eku: ['clientAuth'] });
}

test('a client with trust anchors of its own is vouched for by these alone', async (t) => {
  const gateway = await startWithClients(t, {
    clients: {
      own: pkiClient({ ...SUBJECT, trust_anchors: ['private.pem'] }),
      common: pkiClient(SUBJECT),
    },
    files,
    clientCa: 'listed.pem',
  });
  assert.equal(await outcomeOf(gateway, 'own', ofHidden), 'bound');
  assert.equal(await outcomeOf(gateway, 'own', good), 'certificate_issuer_unknown');
  assert.equal(await outcomeOf(gateway, 'common', good), 'bound');
  assert.equal(await outcomeOf(gateway, 'common', ofHidden), 'certificate_issuer_unknown');
});

test('a leaf may itself be the trust anchor of a client', async (t) => {
  const gateway = await startWithClients(t, {
    clients: { own: pkiClient({ ...SUBJECT, trust_anchors: ['leaf.pem'] }) },
    files: { ...files, 'leaf.pem': good.certificatePem },
    clientCa: 'private.pem',
  });
  assert.equal(await outcomeOf(gateway, 'own', good), 'bound');
  assert.equal(await outcomeOf(gateway, 'own', revoked), 'certificate_issuer_unknown');
});

test('a client has its own mode of revocation beside that of the listener', async (t) => {
  const gateway = await startWithClients(t, {
    clients: {
      off: pkiClient(SUBJECT),
      soft: pkiClient({ ...SUBJECT, revocation: 'soft' }),
      hard: pkiClient({ ...SUBJECT, revocation: 'hard' }),
    },
    files,
    clientCa: 'both.pem',
    more: crlFiles('listed.crl'),
  });
  const expected = {
    off: ['bound', 'bound', 'bound'],
    soft: ['bound', 'certificate_revoked', 'bound'],
    hard: ['bound', 'certificate_revoked', 'crl_absent'],
  };
  for (const [clientId, outcomes] of Object.entries(expected)) {
    for (const [index, identity] of [good, revoked, ofHidden].entries()) {
      const outcome = await outcomeOf(gateway, clientId, identity);
      assert.equal(outcome, outcomes[index], `${clientId} ${index}`);
    }
  }
});

test('a listener has its own mode of revocation, a client may have another', async (t) => {
  const expected = {
    soft: ['bound', 'certificate_revoked', 'bound'],
    hard: ['bound', 'certificate_revoked', 'crl_absent'],
  };
  for (const [mode, outcomes] of Object.entries(expected)) {
    const gateway = await startWithClients(t, {
      clients: {
        client: pkiClient(SUBJECT),
        hard: pkiClient({ ...SUBJECT, revocation: 'hard' }),
        off: pkiClient({ ...SUBJECT, revocation: 'off' }),
      },
      files,
      clientCa: 'both.pem',
      listener: `    revocation: ${mode}`,
      more: crlFiles('listed.crl'),
    });
    for (const [index, identity] of [good, revoked, ofHidden].entries()) {
      const place = `${mode} ${index}`;
      assert.equal(await outcomeOf(gateway, 'client', identity), outcomes[index], place);
      assert.equal(await outcomeOf(gateway, 'hard', identity), expected.hard[index], place);
      assert.equal(await outcomeOf(gateway, 'off', identity), 'bound', place);
    }
  }
});

test('a list past its time is no list', async (t) => {
  const gateway = await startWithClients(t, {
    clients: {
      soft: pkiClient({ ...SUBJECT, revocation: 'soft' }),
      hard: pkiClient({ ...SUBJECT, revocation: 'hard' }),
    },
    files,
    clientCa: 'both.pem',
    more: crlFiles('stale.crl'),
  });
  assert.equal(await outcomeOf(gateway, 'soft', good), 'bound');
  assert.equal(await outcomeOf(gateway, 'hard', good), 'crl_stale');
  assert.equal(await outcomeOf(gateway, 'hard', ofHidden), 'crl_absent');
});

const STORES = {
  'PKCS#12 of openssl': {
    skip: withoutOpenssl,
    make: () => {
      const given = ['-nokeys', '-in', 'listed.pem', '-passout', 'pass:changeit'];
      openssl('pkcs12', '-export', ...given, '-out', 'openssl.p12');
      return read('openssl.p12');
    },
  },
  'PKCS#12 of keytool': { skip: withoutKeytool, make: () => keytoolStore('PKCS12') },
  'JKS of keytool': { skip: withoutKeytool, make: () => keytoolStore('JKS') },
} as const;

for (const [name, { skip, make }] of Object.entries(STORES)) {
  test(`a ${name} vouches for clients as a PEM file does`, { skip }, async (t) => {
    const gateway = await startWithClients(t, {
      clients: { client: pkiClient(SUBJECT) },
      files: { 'trust.store': make(), 'passphrase.txt': 'changeit\n' },
      clientCa: 'trust.store',
      listener: '    client_ca_passphrase_file: passphrase.txt',
    });
    assert.equal(await outcomeOf(gateway, 'client', good), 'bound');
    assert.equal(await outcomeOf(gateway, 'client', ofHidden), 'certificate_issuer_unknown');
  });
}

function keytoolStore(type: 'PKCS12' | 'JKS'): Uint8Array {
  const store = ['-keystore', `store.${type}`, '-storetype', type, '-storepass', 'changeit'];
  keytool('-importcert', '-noprompt', '-alias', 'ca', '-file', 'listed.pem', ...store);
  return read(`store.${type}`);
}

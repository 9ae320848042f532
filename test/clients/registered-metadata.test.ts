import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readRegisteredMetadata } from '../../src/clients/registered-metadata.ts';
import type { Metadata } from '../../src/clients/registered-metadata.ts';
import { selfSigned } from '../support/pki.ts';
import { jwkOf, jwkWithChain } from './presented.ts';

const PKI = 'tls_client_auth';
const SELF_SIGNED = 'self_signed_tls_client_auth';
const SUBJECT = { tls_client_auth_subject_dn: 'CN=a' } as const;

/** `member text` of the problem. */
async function problemOf(method: unknown, members: Metadata = {}): Promise<string> {
  const outcome = await readRegisteredMetadata({ token_endpoint_auth_method: method, ...members });
  return 'problem' in outcome ? `${outcome.problem.member} ${outcome.problem.text}` : 'none';
}

test('reads each of the five subjects of tls_client_auth, and refuses two', async () => {
  for (const [member, value] of [
    ['tls_client_auth_subject_dn', 'CN=a,O=b'],
    ['tls_client_auth_san_dns', 'client.example'],
    ['tls_client_auth_san_uri', 'urn:client'],
    ['tls_client_auth_san_ip', '2001:db8::1'],
    ['tls_client_auth_san_email', 'client@example.test'],
  ] as const) {
    const metadata = { token_endpoint_auth_method: PKI, [member]: value };
    const outcome = await readRegisteredMetadata(metadata);
    assert.ok('facts' in outcome, member);
    assert.deepEqual(outcome.facts.subject, { [member]: value });
    const two = { ...SUBJECT, tls_client_auth_san_dns: 'a.b', [member]: value };
    assert.match(await problemOf(PKI, two), /stands beside tls_client_auth_\w+, expected exactly/);
  }
});

test('T24: refuses subjects that the configuration refuses, naming the member', async () => {
  assert.match(await problemOf(PKI), /^tls_client_auth_subject_dn is required/);
  for (const [member, value, text] of [
    ['tls_client_auth_subject_dn', 'nonsense', /./],
    ['tls_client_auth_subject_dn', 7, /must be text/],
    ['tls_client_auth_subject_dn', ['CN=a'], /must be text/],
    ['tls_client_auth_san_dns', '*.example.test', /wildcard/],
    ['tls_client_auth_san_dns', '192.0.2.1', /is an IP address/],
    ['tls_client_auth_san_uri', 'no uri', /no absolute URI/],
    ['tls_client_auth_san_ip', 'localhost', /no IP address/],
    ['tls_client_auth_san_email', 'nobody', /no e-mail address/],
  ] as const) {
    const problem = await problemOf(PKI, { [member]: value });
    assert.match(problem, text);
    assert.ok(problem.startsWith(member), problem);
  }
});

test('a subject belongs to tls_client_auth alone', async () => {
  for (const method of [SELF_SIGNED, 'client_secret_post', 'none']) {
    const problem = await problemOf(method, SUBJECT);
    assert.equal(problem, `tls_client_auth_subject_dn belongs to another method than ${method}`);
  }
});

test('self_signed_tls_client_auth needs a sound key set, or the https address of one', async () => {
  const { certificate } = await selfSigned();
  const key = jwkWithChain(certificate);
  assert.equal(await problemOf(SELF_SIGNED, { jwks: { keys: [key] } }), 'none');
  assert.equal(await problemOf(SELF_SIGNED, { jwks_uri: 'https://a.test/jwks' }), 'none');
  for (const [members, text] of [
    [{}, /^jwks or jwks_uri is required/],
    [{ jwks: { keys: [] } }, /^jwks has no key/],
    [{ jwks: { keys: [{ kty: 'oct', k: 'AA' }] } }, /^jwks is refused: keys\[0\] has "k"/],
    [{ jwks: { keys: [jwkOf(certificate, { d: 'AA' })] } }, /^jwks is refused: keys\[0\] has "d"/],
    [{ jwks: [] }, /^jwks is refused/],
    [{ jwks: 'https://a.test' }, /^jwks is refused/],
    [{ jwks: { keys: [key] }, jwks_uri: 'https://a.test' }, /^jwks_uri stands beside jwks/],
    [{ jwks_uri: 'http://a.test/jwks' }, /^jwks_uri must be an https URL/],
    [{ jwks_uri: 'https://me:pass@a.test/jwks' }, /^jwks_uri must not have credentials/],
    [{ jwks_uri: `https://a.test/${'a'.repeat(2_048)}` }, /^jwks_uri must be an https URL/],
    [{ jwks_uri: ['https://a.test'] }, /^jwks_uri must be an https URL/],
  ] as const) {
    assert.match(await problemOf(SELF_SIGNED, members), text);
  }
});

test('tokens are bound as the method would have it, unless the client says otherwise', async () => {
  const bound = 'tls_client_certificate_bound_access_tokens';
  const bindingOf = async (metadata: Metadata): Promise<string> => {
    const outcome = await readRegisteredMetadata(metadata);
    return 'facts' in outcome ? outcome.facts.binding : 'none';
  };
  const pki = { token_endpoint_auth_method: PKI, ...SUBJECT };
  assert.equal(await bindingOf(pki), 'required');
  assert.equal(await bindingOf({ ...pki, [bound]: false }), 'off');
  assert.equal(await bindingOf({}), 'if_present');
  assert.equal(await bindingOf({ [bound]: true }), 'required');
  const rules = { requiresBinding: true };
  const unbound = await readRegisteredMetadata({ ...pki, [bound]: false }, rules);
  assert.equal('facts' in unbound && unbound.facts.binding, 'required');
  assert.match(await problemOf(PKI, { ...SUBJECT, [bound]: 'true' }), /must be true or false$/);
});

test('takes no method that it does not know, and has the default of RFC 7591', async () => {
  for (const method of ['private_key_jwt', 'certificate_and_secret', '', null, ['none'], {}]) {
    assert.match(await problemOf(method), /^token_endpoint_auth_method must be one of /);
  }
  const outcome = await readRegisteredMetadata({});
  assert.equal('facts' in outcome && outcome.facts.method, 'client_secret_basic');
});

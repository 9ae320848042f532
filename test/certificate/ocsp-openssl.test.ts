import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import type { TestContext } from 'node:test';

import { buildOcspRequest } from '../../src/certificate/revocation/ocsp-request.ts';
import type { OcspRequest } from '../../src/certificate/revocation/ocsp-request.ts';
import { readOcspResponse } from '../../src/certificate/revocation/ocsp-response.ts';
import { verifyOcspResponse } from '../../src/certificate/revocation/ocsp-revocation.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { anchorOf } from '../../src/certificate/path/path-anchor.ts';
import type { RevocationOutcome } from '../../src/certificate/revocation/revocation.ts';
import { writeDer, writeObjectIdentifier } from '../../src/certificate/der/der-writer.ts';
import { createFetcher } from '../../src/fetch/fetcher.ts';
import { createAuthority } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { serialOf } from '../support/revocation-list.ts';
import { createWorkshop, withoutOpenssl } from '../support/workshop.ts';

const skip = withoutOpenssl;
const { folder, write, read, openssl } = createWorkshop(after);
const authority = await createAuthority({ name: 'Answering CA' });
const signing = {
  type: '2.5.29.37',
  critical: false,
  value: writeDer(0x30, writeObjectIdentifier('1.3.6.1.5.5.7.3.9')),
};
const noCheck = { type: '1.3.6.1.5.5.7.48.1.5', critical: false, value: writeDer(0x05) };
const responder = await authority.issue({
  subject: 'CN=responder,O=Test',
  extensions: [signing, noCheck],
});
const known = { good: await authority.issue(), revoked: await authority.issue() };
const stranger = await authority.issue();
const issuer = anchorOf(parseCertificate(authority.certificate));

/** The list from which openssl answers, tab by tab as it wants it. */
function writeIndex(): void {
  const line = (status: 'V' | 'R', { certificate }: Issued): string =>
    [
      status,
      '491231235959Z',
      status === 'R' ? '260102030405Z,keyCompromise' : '',
      serialOf(certificate).toUpperCase(),
      'unknown',
      '/CN=any',
    ].join('\t');
  write('index.txt', `${line('V', known.good)}\n${line('R', known.revoked)}\n`);
  write('ca.pem', authority.certificatePem);
  write('ca-key.pem', authority.privateKeyPem);
  write('responder.pem', responder.certificatePem);
  write('responder-key.pem', responder.privateKeyPem);
}

const SIGNERS = {
  issuer: ['-rsigner', 'ca.pem', '-rkey', 'ca-key.pem'],
  delegate: ['-rsigner', 'responder.pem', '-rkey', 'responder-key.pem'],
  'delegate by key': ['-rsigner', 'responder.pem', '-rkey', 'responder-key.pem', '-resp_key_id'],
} as const;

const questionOf = (subject: Issued, nonce: Uint8Array): OcspRequest & { nonce: Uint8Array } => ({
  certificate: parseCertificate(subject.certificate),
  issuer,
  nonce,
});

test('asks openssl and understands its answers, whoever signs them', { skip }, () => {
  writeIndex();
  for (const options of Object.values(SIGNERS)) {
    for (const digest of ['sha1', 'sha256'] as const) {
      const ask = (subject: Issued): RevocationOutcome => {
        const question = questionOf(subject, randomBytes(32));
        write('request.der', buildOcspRequest({ ...question, digest }));
        const answer = ['-index', 'index.txt', '-CA', 'ca.pem', ...options];
        openssl('ocsp', ...answer, '-reqin', 'request.der', '-respout', 'response.der');
        const response = readOcspResponse(read('response.der'));
        assert.ok(response.kind === 'answer');
        assert.equal(response.nonce, Buffer.from(question.nonce).toString('hex'));
        return verifyOcspResponse({ ...question, response, at: Date.now() });
      };
      assert.equal(ask(known.good).status, 'good');
      const revoked = ask(known.revoked);
      assert.ok(revoked.status === 'revoked');
      assert.equal(revoked.detail, 'revoked at 2026-01-02T03:04:05.000Z, reason keyCompromise');
      const unknown = ask(stranger);
      assert.ok(unknown.status === 'unknown');
      assert.equal(unknown.reason, 'ocsp_unknown');
    }
  }
});

test('asks what openssl reads in the question', { skip }, () => {
  const nonce = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
  for (const digest of ['sha1', 'sha256'] as const) {
    const request = buildOcspRequest({ ...questionOf(known.good, nonce), digest });
    write('request.der', request);
    write('ca.pem', authority.certificatePem);
    write('leaf.pem', known.good.certificatePem);
    const text = openssl('ocsp', '-reqin', 'request.der', '-req_text');
    assert.match(text, new RegExp(`Hash Algorithm: ${digest}`));
    assert.match(text, new RegExp(serialOf(known.good.certificate), 'i'));
    assert.match(text, /OCSP Nonce/);
    const same = ['-issuer', 'ca.pem', `-${digest}`, '-cert', 'leaf.pem', '-no_nonce'];
    openssl('ocsp', ...same, '-reqout', 'own.der');
    const plain = buildOcspRequest({
      certificate: parseCertificate(known.good.certificate),
      issuer,
      digest,
    });
    assert.deepEqual(read('own.der'), Buffer.from(plain));
  }
});

/** An `openssl ocsp` that listens on a port of its own. */
async function startResponder(t: TestContext): Promise<string> {
  writeIndex();
  const args = ['ocsp', '-index', 'index.txt', '-CA', 'ca.pem', '-port', '0', ...SIGNERS.delegate];
  const child = spawn('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill());
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /ACCEPT .*:(\d+) /.exec(line)?.[1];
    if (port !== undefined) return `http://127.0.0.1:${port}/`;
  }
  return assert.fail('the responder did not start');
}

test('asks a responder over the network', { skip }, async (t) => {
  const url = await startResponder(t);
  const fetcher = createFetcher({
    maxBytes: 65_536,
    timeoutMs: 20_000,
    allowPrivateAddresses: true,
  });
  t.after(() => fetcher.close());
  const ask = async (body: Uint8Array): Promise<Uint8Array> => {
    const answer = await fetcher.fetch({
      url,
      allowHttp: true,
      body,
      contentType: 'application/ocsp-request',
      accept: 'application/ocsp-response',
    });
    assert.ok(answer.kind === 'document');
    assert.equal(answer.contentType, 'application/ocsp-response');
    return answer.body;
  };
  for (const status of ['good', 'revoked'] as const) {
    const question = questionOf(known[status], randomBytes(32));
    const response = readOcspResponse(await ask(buildOcspRequest(question)));
    assert.equal(verifyOcspResponse({ ...question, response, at: Date.now() }).status, status);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { HEADER_FORMATS } from '../../src/certificate/header/header-codec.ts';
import { explainHeader } from '../../src/explain/header-explanation.ts';
import { thumbprintOf } from '../../src/certificate/thumbprint.ts';
import { base64, bodies, pem, VECTORS } from '../certificate/header-vectors.ts';
import { runCertbound } from './run-certbound.ts';

const { leaf, chain } = bodies;
const rfc9440 = `Client-Cert: :${base64(leaf)}:`;

async function explain(...args: readonly string[]) {
  const { code, stdout, stderr } = await runCertbound(['explain', ...args]);
  return { code, stdout, stderr };
}

test('explain --header tells the format and each certificate', async () => {
  const list = `client-cert-chain: ${chain.map((der) => `:${base64(der)}:`).join(', ')}`;
  const { code, stdout } = await explain('--header', rfc9440, '--header', list, '--json');
  assert.equal(code, 0);
  const found = JSON.parse(stdout) as {
    readonly format: string;
    readonly certificates: readonly { readonly role: string; readonly thumbprint: string }[];
  };
  assert.equal(found.format, 'rfc9440');
  assert.deepEqual(
    found.certificates.map(({ role, thumbprint }) => `${role} ${thumbprint}`),
    [`leaf ${thumbprintOf(leaf)}`, ...chain.map((der) => `chain ${thumbprintOf(der)}`)],
  );
});

test('explain --header prints for a terminal what it prints as JSON', async () => {
  const header = `X-SSL-Cert: ${pem(leaf, '\n\t')}`;
  const { code, stdout, stderr } = await explain('--header', header, '--header', 'x-other: 1');
  assert.equal(stderr, '');
  assert.equal(code, 0);
  for (const line of [
    /^format +nginx_folded$/m,
    /^certificates +1$/m,
    /^not read +x-other$/m,
    /^leaf +CN=x+,O=Test$/m,
    new RegExp(`^x5t#S256 +${thumbprintOf(leaf)}$`, 'm'),
  ]) {
    assert.match(stdout, line);
  }
});

test('explain --header says that a header speaks of no certificate', async () => {
  const { code, stdout } = await explain('--header', 'X-ClientCert: (null)');
  assert.equal(code, 0);
  assert.match(stdout, /^certificates +none, and it says so$/m);
});

test('explain --header exits with 1 for damage and says what is wrong', async () => {
  const spoiled = rfc9440.replaceAll('+', ' ');
  const asJson = await explain('--header', spoiled, '--json');
  assert.equal(asJson.code, 1);
  const { error } = JSON.parse(asJson.stdout) as { readonly error: Record<string, string> };
  assert.equal(error['code'], 'certificate_malformed');
  assert.equal(error['format'], 'rfc9440');
  assert.match(error['message'] ?? '', /^character \d+ is not base64$/);

  const asText = await explain('--header', spoiled);
  assert.equal(asText.code, 1);
  assert.match(asText.stderr, /rfc9440: character \d+ is not base64/);
});

test('explain --header takes the format that is named', async () => {
  const header = `x-any: ${base64(leaf)}`;
  const taken = await explain('--header', header, '--format', 'akamai', '--json');
  assert.equal((JSON.parse(taken.stdout) as { readonly format: string }).format, 'akamai');
  const wrong = await explain('--header', header, '--format', 'nginx', '--json');
  assert.equal(wrong.code, 1);
});

test('explain --header exits with 2 for a command line that means nothing', async () => {
  for (const args of [
    ['--header', 'no field'],
    ['--header', ': x'],
    ['--header', rfc9440, '--format', 'base64'],
    ['--header', rfc9440, '--cert', 'client.pem'],
    ['--header', rfc9440, '--trust', 'ca.pem'],
    ['--cert', 'client.pem', '--format', 'nginx'],
  ]) {
    assert.equal((await explain(...args)).code, 2, args.join(' '));
  }
});

test('the fields of every format are explained, with their chain', () => {
  for (const format of HEADER_FORMATS) {
    const { usual, carriesChain } = VECTORS[format];
    const found = explainHeader({ fields: usual, format: undefined, at: Date.now() });
    assert.ok('certificates' in found, format);
    assert.equal(found.certificates[0]?.thumbprint, thumbprintOf(leaf));
    assert.equal(found.certificates.length, carriesChain ? 3 : 1, format);
    assert.deepEqual(found.ignored, []);
    const named = explainHeader({ fields: usual, format, at: Date.now() });
    assert.ok('certificates' in named && named.certificates.length === (carriesChain ? 3 : 1));
  }
});

test('a chain alone is damage, and so is what is no certificate', () => {
  const at = Date.now();
  const alone = VECTORS.rfc9440.usual.slice(1);
  const found = explainHeader({ fields: alone, format: undefined, at });
  assert.ok(
    'code' in found && /without the certificate/.test(found.message),
    JSON.stringify(found),
  );
  const noCertificate = explainHeader({ fields: [['x', 'MAA=']], format: undefined, at });
  assert.ok('code' in noCertificate && noCertificate.code === 'certificate_malformed');
});

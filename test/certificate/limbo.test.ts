/** The cases of x509-limbo (C2SP), found in the folder that CERTBOUND_VECTORS names. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import type { ExpectedName } from '../../src/certificate/name/expected-name.ts';
import { ipOctetsOf } from '../../src/certificate/name/ip-address.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { anchorOf, createAnchorSet } from '../../src/certificate/path/path-anchor.ts';
import { validatePath } from '../../src/certificate/path/path.ts';
import type { PathVerdict } from '../../src/certificate/path/path.ts';
import { readCertificates } from '../../src/certificate/pem.ts';
import { CertificateError } from '../../src/errors.ts';

interface LimboCase {
  readonly id: string;
  readonly validation_kind: 'CLIENT' | 'SERVER';
  readonly trusted_certs: readonly string[];
  readonly untrusted_intermediates: readonly string[];
  readonly peer_certificate: string;
  readonly validation_time: string | null;
  readonly expected_result: 'SUCCESS' | 'FAILURE';
  readonly expected_peer_name: { readonly kind: string; readonly value: string } | null;
  readonly max_chain_depth: number | null;
}

/** Chains that are to be refused by a profile for CAs, and that RFC 5280 section 6 accepts. */
const ACCEPTED_FAILURES: Readonly<Record<string, string>> = {
  'rfc5280::aki::cross-signed-root-missing-aki':
    'a duty of CAs (4.2.1.1); key identifiers order our search and decide nothing',
  'rfc5280::ski::root-missing-ski':
    'a duty of CAs (4.2.1.2); key identifiers order our search and decide nothing',
  'rfc5280::root-non-critical-basic-constraints':
    'a duty of CAs (4.2.1.9); the extension is processed, critical or not',
  'rfc5280::pc::ica-noncritical-pc':
    'a duty of CAs (4.2.1.11); the extension is processed, critical or not',
};

const folder = process.env['CERTBOUND_VECTORS'];
const skip =
  folder === undefined && 'CERTBOUND_VECTORS does not name the folder of x509-limbo.json';

function parse(pem: string): ReturnType<typeof parseCertificate> {
  const [der, ...others] = readCertificates(pem);
  assert.ok(der !== undefined && others.length === 0);
  return parseCertificate(der);
}

function expectedNameOf(name: LimboCase['expected_peer_name']): { expectedName?: ExpectedName } {
  if (name === null) return {};
  if (name.kind === 'DNS') return { expectedName: { form: 'dns', host: name.value } };
  const octets = ipOctetsOf(name.value);
  assert.ok(name.kind === 'IP' && octets !== undefined);
  return { expectedName: { form: 'ip', octets } };
}

/** The verdict and the time of `validatePath` alone; unreadable certificates are refused before it. */
function judge(
  limbo: LimboCase,
  now: number,
): { readonly verdict: PathVerdict; readonly ms: number } {
  try {
    const leaf = parse(limbo.peer_certificate);
    const presented = limbo.untrusted_intermediates.map(parse);
    const anchors = createAnchorSet(limbo.trusted_certs.map(parse).map(anchorOf));
    const start = process.hrtime.bigint();
    const verdict = validatePath({
      leaf,
      presented,
      anchors,
      at: limbo.validation_time === null ? now : Date.parse(limbo.validation_time),
      purpose: limbo.validation_kind === 'SERVER' ? 'server_auth' : 'client_auth',
      ...expectedNameOf(limbo.expected_peer_name),
      rules: limbo.max_chain_depth === null ? {} : { maxDepth: limbo.max_chain_depth },
    });
    return { verdict, ms: Number(process.hrtime.bigint() - start) / 1e6 };
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    const { reason, message: detail } = error;
    return { verdict: { kind: 'untrusted', reason, detail }, ms: 0 };
  }
}

test(
  'T28: decides the cases of x509-limbo as they are meant, but for listed profile rules',
  { skip },
  (t) => {
    const text = readFileSync(join(folder ?? '', 'x509-limbo.json'), 'utf8');
    const { testcases } = JSON.parse(text) as { readonly testcases: readonly LimboCase[] };
    assert.ok(testcases.length > 0);
    const wrong: string[] = [];
    const excepted: string[] = [];
    let slowest = { id: '', ms: 0 };
    for (const limbo of testcases) {
      const { verdict, ms } = judge(limbo, Date.now());
      if (ms > slowest.ms) slowest = { id: limbo.id, ms };
      const isRight = (verdict.kind === 'trusted') === (limbo.expected_result === 'SUCCESS');
      if (isRight) continue;
      if (verdict.kind === 'trusted' && limbo.id in ACCEPTED_FAILURES) excepted.push(limbo.id);
      else wrong.push(`${limbo.id}: ${JSON.stringify({ ...verdict, path: undefined })}`);
    }
    t.diagnostic(`${testcases.length} cases, ${excepted.length} accepted by exception`);
    t.diagnostic(`slowest: ${slowest.id}, ${slowest.ms.toFixed(1)} ms`);
    assert.deepEqual(wrong, []);
    // An exception that is none any more has to leave the list.
    const present = testcases.map(({ id }) => id);
    assert.deepEqual(
      excepted.toSorted(),
      Object.keys(ACCEPTED_FAILURES)
        .filter((id) => present.includes(id))
        .toSorted(),
    );
  },
);

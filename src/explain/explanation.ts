/** All that can be told about one certificate: what it says, who vouches for it, whose it is. */

import type { Verdict } from '../certificate/client-certificate.ts';
import type { HeaderChoice } from '../certificate/header/header-choice.ts';
import { formatDistinguishedName } from '../certificate/name/distinguished-name.ts';
import { parseCertificate } from '../certificate/parse.ts';
import type { RevocationOutcome } from '../certificate/revocation/revocation.ts';
import { thumbprintOf } from '../certificate/thumbprint.ts';
import type { Client } from '../clients/client.ts';
import type { JwksAnswer } from '../clients/client-match.ts';
import type { Reason } from '../errors.ts';
import type { TrustWorld } from '../trust/trust-world.ts';
import { carriedHeaders } from './carried-headers.ts';
import type { CarriedHeader } from './carried-headers.ts';
import { factsOf } from './certificate-facts.ts';
import type { CertificateFacts } from './certificate-facts.ts';
import { explainClients } from './explained-clients.ts';
import type { ExplainedClient } from './explained-clients.ts';
import { createJudge } from './judgement.ts';
import type { Moment, PathMember } from './judgement.ts';
import type { Pause } from './pause.ts';

export interface ExplainQuestion extends Moment {
  /** DER: the certificate first, then what is sent along with it. */
  readonly certificates: readonly [Uint8Array, ...Uint8Array[]];
  /** Whose policy decides. */
  readonly listener: string;
  /** The only client to explain; its own trust decides where it has any. */
  readonly clientId?: string | undefined;
}

export interface ExplainDeps {
  readonly world: TrustWorld;
  readonly clients: readonly Client[];
  /** What came of the client's `jwks_uri`; undefined where nobody asked. */
  readonly answerOf: (client: Client) => JwksAnswer | undefined;
  /** The header fields that the configuration names. */
  readonly headers: readonly HeaderChoice[];
  readonly pause: Pause;
}

export interface ExplainedVerdict {
  readonly kind: Verdict['kind'];
  /** Null unless untrusted. */
  readonly reason: Reason | null;
  readonly detail: string | null;
  readonly meaning: string;
}

/** Printed as JSON, hence its names. */
export interface Explanation extends CertificateFacts {
  readonly at: string;
  readonly purpose: 'client' | 'server';
  readonly listener: string;
  readonly verdict: ExplainedVerdict;
  /** Leaf first; empty where there is no path to an anchor. */
  readonly path: readonly ExplainedMember[];
  /** Certificates sent along that are not on the path. */
  readonly unused: readonly { readonly subject: string; readonly thumbprint: string }[];
  /** Every listener, the one of the verdict among them. */
  readonly listeners: readonly {
    readonly name: string;
    readonly verdict: Omit<ExplainedVerdict, 'meaning'>;
  }[];
  readonly clients: readonly ExplainedClient[];
  readonly headers: readonly CarriedHeader[];
}

export interface ExplainedMember {
  readonly role: 'leaf' | 'intermediate' | 'anchor';
  readonly subject: string;
  readonly thumbprint: string;
  readonly not_after: string;
  readonly revocation: {
    readonly status: RevocationOutcome['status'];
    readonly reason: Reason | null;
    readonly detail: string | null;
  } | null;
}

/**
 * Explains a certificate. Clients are explained for the purpose `client_auth` only.
 *
 * @throws CertificateError when the certificate itself can't be read; what `pause` throws.
 */
export async function explainCertificate(
  question: ExplainQuestion,
  deps: ExplainDeps,
): Promise<Explanation> {
  const { certificates, at, purpose, listener, clientId } = question;
  const { world, pause } = deps;
  const leaf = parseCertificate(certificates[0]);
  const judge = createJudge(world, question);
  const chain = { listener, certificates };
  const verdict = judge.verdict(chain, clientId);
  await pause();
  const path = judge.path(chain, clientId);
  const listeners: Explanation['listeners'][number][] = [];
  for (const name of world.listeners.keys()) {
    await pause();
    const other = judge.verdict({ ...chain, listener: name }, clientId);
    listeners.push({ name, verdict: verdictFacts(other) });
  }
  const unused: Explanation['unused'][number][] = [];
  for (const der of certificates.slice(1).filter(isNotOn(path))) {
    await pause();
    unused.push(unusedFacts(der));
  }
  const asked = deps.clients.filter((one) => clientId === undefined || one.clientId === clientId);
  const isClient = purpose === 'client_auth';
  const clients = await explainClients(leaf, chain, isClient ? asked : [], { ...deps, judge });
  await pause();
  return {
    ...factsOf(leaf, at),
    at: new Date(at).toISOString(),
    purpose: isClient ? 'client' : 'server',
    listener,
    verdict: { ...verdictFacts(verdict), meaning: meaningOf(verdict, purpose) },
    path: path.map(memberFacts),
    unused,
    listeners,
    clients,
    headers: carriedHeaders(leaf, verdict, deps.headers),
  };
}

function verdictFacts(verdict: Verdict): Omit<ExplainedVerdict, 'meaning'> {
  const { kind } = verdict;
  if (kind !== 'untrusted') return { kind, reason: null, detail: null };
  return { kind, reason: verdict.reason, detail: verdict.detail };
}

function meaningOf(verdict: Verdict, purpose: Moment['purpose']): string {
  if (purpose === 'server_auth') {
    return verdict.kind === 'trusted'
      ? 'a server may show it to whoever trusts these anchors'
      : 'a server that shows it is refused by whoever trusts these anchors only';
  }
  switch (verdict.kind) {
    case 'trusted':
      return 'a trusted CA vouches for it: good for clients of either method';
    case 'self_signed':
      return 'no CA vouches for it: good only for a client that has registered it or its key';
    case 'untrusted':
      return verdict.of === 'certificate'
        ? 'nobody may use it, registered or not'
        : 'no CA vouches for it: good only for a client that has registered it or its key';
  }
}

function memberFacts(
  { certificate, isAnchor, revocation }: PathMember,
  depth: number,
): ExplainedMember {
  return {
    role: depth === 0 ? 'leaf' : isAnchor ? 'anchor' : 'intermediate',
    subject: formatDistinguishedName(certificate.subject),
    thumbprint: certificate.thumbprint,
    not_after: new Date(certificate.notAfter).toISOString(),
    revocation: revocation === undefined ? null : revocationFacts(revocation),
  };
}

function revocationFacts(outcome: RevocationOutcome): ExplainedMember['revocation'] {
  const { status } = outcome;
  if (status === 'good') return { status, reason: null, detail: null };
  return { status, reason: outcome.reason, detail: outcome.detail };
}

function isNotOn(path: readonly PathMember[]): (der: Uint8Array) => boolean {
  const onPath = new Set(path.map(({ certificate }) => certificate.thumbprint));
  return (der) => !onPath.has(thumbprintOf(der));
}

function unusedFacts(der: Uint8Array): Explanation['unused'][number] {
  const thumbprint = thumbprintOf(der);
  try {
    return { subject: formatDistinguishedName(parseCertificate(der).subject), thumbprint };
  } catch {
    return { subject: 'unreadable', thumbprint };
  }
}

/** All that can be told about one certificate: what it says, who vouches for it, whose it is. */

import type { ClientCertificate, Verdict } from '../certificate/client-certificate.ts';
import { formatDistinguishedName } from '../certificate/name/distinguished-name.ts';
import { parseCertificate } from '../certificate/parse.ts';
import type { RevocationOutcome } from '../certificate/revocation/revocation.ts';
import { thumbprintOf } from '../certificate/thumbprint.ts';
import type { Client } from '../clients/client.ts';
import type { JwksAnswer } from '../clients/client-match.ts';
import { explainMatch } from '../clients/explain-match.ts';
import type { Reason } from '../errors.ts';
import type { TrustWorld } from '../trust/trust-world.ts';
import { carriedHeaders } from './carried-headers.ts';
import type { CarriedHeader, HeaderChoice } from './carried-headers.ts';
import { factsOf } from './certificate-facts.ts';
import type { CertificateFacts } from './certificate-facts.ts';
import { createJudge } from './judgement.ts';
import type { Judge, Moment, PathMember } from './judgement.ts';

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

export interface ExplainedClient {
  readonly client_id: string;
  readonly method: Client['method'];
  readonly matches: boolean;
  readonly registered: readonly string[];
  readonly reason: Reason | null;
  readonly detail: string | null;
}

/**
 * Explains a certificate. Clients are explained for the purpose `client_auth` only.
 *
 * @throws CertificateError when the certificate itself can't be read.
 */
export function explainCertificate(question: ExplainQuestion, deps: ExplainDeps): Explanation {
  const { certificates, at, purpose, listener, clientId } = question;
  const leaf = parseCertificate(certificates[0]);
  const judge = createJudge(deps.world, question);
  const chain = { listener, certificates };
  const verdict = judge.verdict(chain, clientId);
  const path = judge.path(chain, clientId);
  return {
    ...factsOf(leaf, at),
    at: new Date(at).toISOString(),
    purpose: purpose === 'client_auth' ? 'client' : 'server',
    listener,
    verdict: { ...verdictFacts(verdict), meaning: meaningOf(verdict, purpose) },
    path: path.map(memberFacts),
    unused: certificates.slice(1).filter(isNotOn(path)).map(unusedFacts),
    listeners: [...deps.world.listeners.keys()].map((name) => ({
      name,
      verdict: verdictFacts(judge.verdict({ ...chain, listener: name }, clientId)),
    })),
    clients: purpose === 'client_auth' ? clientFacts(leaf, question, judge, deps) : [],
    headers: carriedHeaders(leaf.der, deps.headers),
  };
}

function clientFacts(
  certificate: ClientCertificate,
  { certificates, listener, clientId: only }: ExplainQuestion,
  judge: Judge,
  { clients, answerOf }: ExplainDeps,
): readonly ExplainedClient[] {
  const asked = clients.filter(({ clientId }) => only === undefined || clientId === only);
  const chain = { listener, certificates };
  return explainMatch(asked, {
    presentedTo: ({ clientId }) => ({ certificate, verdict: judge.verdict(chain, clientId) }),
    answerOf,
  }).map(({ clientId, method, matches, registered, reason = null, detail = null }) => ({
    client_id: clientId,
    method,
    matches,
    registered,
    reason,
    detail,
  }));
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

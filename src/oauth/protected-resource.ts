/** Paths that are served only with an access token and its certificate (RFC 8705 section 3). */

import { timingSafeEqual } from 'node:crypto';

import type { Binding } from '../bindings/bindings.ts';
import type { ClientCertificate, Verdict } from '../certificate/client-certificate.ts';
import type { JwksSources } from '../clients/jwks-sources.ts';
import { verifyClient } from '../clients/verify-client.ts';
import { FieldNames } from '../http/field-names.ts';
import { fieldValue, withoutFields } from '../http/header-list.ts';
import { waitTraced } from '../http/trace.ts';
import type { Trust } from '../trust/trust.ts';
import { readAccessToken } from './access-token.ts';
import type { AccessToken, AccessTokenDeps } from './access-token.ts';
import { invalidToken, readBearerToken, readFormWithoutToken } from './bearer-token.ts';
import type { Call, Endpoint } from './call.ts';
import { createPassEndpoint } from './pass.ts';
import type { TokenServer } from './token-server.ts';

export interface ProtectedResourceOptions {
  /** Whether a token that is bound to no certificate passes. */
  readonly binding: 'required' | 'if_bound';
  /** For so long from its issue a token may be used with the client's other certificates. */
  readonly overlapMs: number;
}

export interface ProtectedResourceDeps extends AccessTokenDeps {
  readonly server: TokenServer;
  readonly trust: Pick<Trust, 'prepare' | 'verdictFor'>;
  readonly keySources: JwksSources;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export function createProtectedResource(
  options: ProtectedResourceOptions,
  deps: ProtectedResourceDeps,
): Endpoint {
  const pass = createPassEndpoint(deps.server);
  return async (call) => {
    const held = readBearerToken(call);
    const token = await readAccessToken(call, held, {
      ...deps,
      beforeAsking: (known) => refuseHopeless(known, call, options),
    });
    if (token.clientId !== undefined) call.journal.clientId = token.clientId;
    await requireCertificateOf(token, call, options, deps);
    const body = await readFormWithoutToken(call.exchange);
    return pass(withToken(call, held, token), body);
  };
}

/**
 * Refuses a request for which it does not matter what else there is to learn of its token: without a
 * certificate where one is needed, or with another one than the gateway itself knows it bound to.
 *
 * @throws RequestError 401 `invalid_token`.
 */
function refuseHopeless(
  known: Binding | undefined,
  call: Call,
  { binding, overlapMs }: ProtectedResourceOptions,
): void {
  if (binding === 'if_bound' && known?.thumbprint === undefined) return;
  const { certificate } = presentedIn(call);
  // Another certificate of the client may do; whether it does, the time of issue has to say.
  if (known?.thumbprint === undefined || overlapMs > 0) return;
  if (isSameThumbprint(certificate.thumbprint, known.thumbprint)) return;
  throw invalidToken('binding_mismatch', `it is bound to ${known.thumbprint}`);
}

/**
 * The certificate of the handshake must be the one that the token is bound to. Who vouches for it
 * does not matter (RFC 8705 section 6.2), but one that is out of date or revoked proves nothing.
 *
 * @throws RequestError 401 `invalid_token`.
 */
async function requireCertificateOf(
  token: AccessToken,
  call: Call,
  { binding, overlapMs }: ProtectedResourceOptions,
  deps: ProtectedResourceDeps,
): Promise<void> {
  if (token.thumbprint === undefined) {
    if (binding === 'if_bound') return;
    throw invalidToken('token_unbound');
  }
  const { certificate, verdict } = await presentedBy(call, token.clientId, deps);
  if (verdict.kind === 'untrusted' && verdict.of === 'certificate') {
    throw invalidToken(verdict.reason, verdict.detail);
  }
  if (isSameThumbprint(certificate.thumbprint, token.thumbprint)) return;
  if (isWithinOverlap(token, overlapMs, deps.now())) {
    const client = await deps.registry.find(token.clientId ?? '');
    const presented = { certificate, verdict };
    const verified = client && verifyClient(client, presented, deps.keySources);
    const mismatch = verified && (await waitTraced(call.trace, 'key_set', verified));
    if (client && mismatch === undefined) return;
  }
  throw invalidToken('binding_mismatch', `it is bound to ${token.thumbprint}`);
}

/** The certificate with the verdict by the rules of the token's client, where it has its own. */
async function presentedBy(
  call: Call,
  clientId: string | undefined,
  { trust }: ProtectedResourceDeps,
): Promise<Presented> {
  const { certificate, verdict } = presentedIn(call);
  if (clientId === undefined) return { certificate, verdict };
  const answers = trust.prepare(call.chain, clientId);
  if (answers !== undefined) await waitTraced(call.trace, 'revocation', answers);
  return { certificate, verdict: trust.verdictFor(clientId, call.chain) ?? verdict };
}

interface Presented {
  readonly certificate: ClientCertificate;
  readonly verdict: Verdict;
}

function presentedIn({ presentation }: Call): Presented {
  if (presentation.kind === 'absent') throw invalidToken('certificate_absent');
  if (presentation.kind === 'unreadable') {
    throw invalidToken(presentation.reason, presentation.detail);
  }
  return presentation;
}

function isSameThumbprint(presented: string, bound: string): boolean {
  const [a, b] = [Buffer.from(presented), Buffer.from(bound)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Where nobody knows when the token was issued, there is no overlap. */
function isWithinOverlap({ issuedAt }: AccessToken, overlapMs: number, now: number): boolean {
  return issuedAt !== undefined && overlapMs > 0 && now - issuedAt * 1_000 < overlapMs;
}

const AUTHORIZATION = new FieldNames(['authorization']);

/** The server behind gets its own token, where the client holds another one. */
function withToken(call: Call, held: string, { upstreamToken }: AccessToken): Call {
  if (held === upstreamToken) return call;
  const [scheme = ''] = (fieldValue(call.headers, 'authorization') ?? '').split(' ');
  return {
    ...call,
    headers: [
      ...withoutFields(call.headers, AUTHORIZATION),
      ['authorization', `${scheme} ${upstreamToken}`],
    ],
  };
}

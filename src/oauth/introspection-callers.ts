/** Who may introspect which tokens, among the callers that the gateway authenticates itself. */

import type { Binding } from '../bindings/bindings.ts';
import { RequestError } from '../errors.ts';
import type { ClientDecision } from './client-authentication.ts';

export interface IntrospectionCallers {
  /** Whether a caller must have proven a certificate that is a client's. */
  readonly byCertificateAlone: boolean;
  /** Those that may see every client's tokens; undefined where the server decides. */
  readonly ofAllTokens: ReadonlySet<string> | undefined;
}

/** @throws RequestError 401 `invalid_client` for a caller without the certificate that is demanded. */
export function refuseCallerWithoutCertificate(
  decision: ClientDecision,
  { byCertificateAlone }: IntrospectionCallers,
): void {
  if (!byCertificateAlone || decision.certificate !== undefined) return;
  throw new RequestError({
    status: 401,
    code: 'invalid_client',
    reason: 'client_method_mismatch',
    publicText: 'client authentication failed',
    detail: 'callers of introspection are authenticated by certificate alone',
  });
}

/** Whether this caller may hear of a token of that client; undefined: of nobody we know. */
export function mayHearOf(
  owner: string | undefined,
  decision: ClientDecision,
  { ofAllTokens }: IntrospectionCallers,
): boolean {
  // Whom the server authenticates it also judges.
  if (ofAllTokens === undefined || decision.client === undefined) return true;
  const { clientId } = decision.client;
  return ofAllTokens.has(clientId) || owner === clientId;
}

/**
 * Whether what is introspected is no access token, and the caller not the client that it belongs to.
 * That of a confidential client is bound to no certificate (RFC 8705 section 7.1), so that a resource
 * server which heard that it is active would take it for an access token that anyone may use.
 */
export function isForItsClientAlone(
  binding: Binding | undefined,
  { client }: ClientDecision,
): boolean {
  if (binding === undefined || binding.kind === 'access') return false;
  // Only clients that are known here have bindings; whom the server alone knows is none of them.
  return client?.clientId !== binding.clientId;
}

/**
 * What a client redeems at the token endpoint: a refresh token, a device code or the `auth_req_id`
 * of a CIBA request that belongs to it and, if it is a public client, to its certificate (RFC 8705
 * sections 4 and 7.1); and the tokens that it exchanges for others.
 */

import type { Bindings, FoundToken, TokenKind } from '../bindings/bindings.ts';
import type { Client } from '../clients/client.ts';
import { RequestError } from '../errors.ts';
import type { Reason } from '../errors.ts';
import { withValue } from '../http/form.ts';
import type { Form } from '../http/form.ts';

/** `exchanged` are tokens that another one is issued for (RFC 8693 section 2.1, RFC 7523 section 2.1). */
const PARAMETERS: ReadonlyMap<string, TokenKind | 'exchanged'> = new Map([
  ['refresh_token', 'refresh'],
  ['device_code', 'device_code'],
  ['auth_req_id', 'auth_req_id'],
  ['subject_token', 'exchanged'],
  ['actor_token', 'exchanged'],
  ['assertion', 'exchanged'],
]);

export interface Redeemed {
  /** As the upstream must see it: its own tokens in place of those that the client holds. */
  readonly form: Form;
  /** What is known of the refresh token in it; undefined where there is none. */
  readonly refreshToken: FoundToken | undefined;
}

/**
 * Returns what is redeemed. A refused token is not told to the upstream, so that it stays what it was.
 *
 * Looked at under every grant_type: some servers take other names for one, such as those of drafts.
 *
 * @param confirmation the thumbprint that the new tokens will be bound to.
 * @throws RequestError 400 `invalid_grant`, StoreError.
 */
export async function redeem(
  form: Form,
  client: Client,
  confirmation: string | undefined,
  bindings: Bindings,
): Promise<Redeemed> {
  let redeemed = form;
  let refreshToken: FoundToken | undefined;
  for (const [parameter, kind] of PARAMETERS) {
    const token = form.get(parameter);
    if (token === undefined) continue;
    const found = await bindings.find(token);
    const refusal =
      kind === 'exchanged'
        ? laundering(found, client, confirmation)
        : mismatch(found, kind, client, confirmation);
    if (refusal !== undefined) throw invalidGrant(refusal);
    redeemed = withValue(redeemed, parameter, found.upstreamToken);
    if (kind === 'refresh') refreshToken = found;
  }
  return { form: redeemed, refreshToken };
}

/**
 * Who may exchange the tokens of others is for the server to say, of clients that it knows for sure. A
 * public client is whoever says so: it would have a stolen token bound to the certificate of the thief.
 */
function laundering(
  { binding, isRevoked }: FoundToken,
  { method, clientId }: Client,
  confirmation: string | undefined,
): Reason | undefined {
  if (isRevoked) return 'token_revoked';
  if (binding === undefined) return undefined;
  // What is no access token is for its client alone, bound to a certificate or not.
  if (binding.kind !== 'access' && binding.clientId !== clientId) return 'binding_mismatch';
  const { thumbprint } = binding;
  const isAnothers = thumbprint !== undefined && thumbprint !== confirmation;
  return method === 'none' && isAnothers ? 'binding_mismatch' : undefined;
}

function mismatch(
  { binding, isRevoked }: FoundToken,
  kind: TokenKind,
  client: Client,
  confirmation: string | undefined,
): Reason | undefined {
  if (isRevoked) return 'token_revoked';
  // A confidential client has authenticated, and the upstream knows whose token it is.
  if (binding === undefined) return client.method === 'none' ? 'binding_unknown' : undefined;
  const { thumbprint } = binding;
  const isSame =
    binding.kind === kind &&
    binding.clientId === client.clientId &&
    (thumbprint === undefined || thumbprint === confirmation);
  return isSame ? undefined : 'binding_mismatch';
}

function invalidGrant(reason: Reason): RequestError {
  return new RequestError({
    status: 400,
    code: 'invalid_grant',
    reason,
    publicText: 'the grant is not valid for this client and certificate',
  });
}

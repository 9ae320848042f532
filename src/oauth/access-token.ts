/** What is known of an access token: by the gateway that bound it, and by who issued it. */

import type { Binding, Bindings, FoundToken } from '../bindings/bindings.ts';
import type { ClientRegistry } from '../clients/registry.ts';
import { invalidToken } from './bearer-token.ts';
import { bindingConflict } from './binding-conflict.ts';
import type { Call } from './call.ts';

export interface AccessToken {
  /** The token as the server behind knows it. */
  readonly upstreamToken: string;
  /** Undefined where its issuer does not say it. */
  readonly clientId: string | undefined;
  /** `x5t#S256` of its certificate; undefined where it is bound to none. */
  readonly thumbprint: string | undefined;
  /** Seconds since the epoch. */
  readonly issuedAt: number | undefined;
}

/** What an issuer says of a token that is active. */
export type TokenStatement = Omit<AccessToken, 'upstreamToken'>;

/** @throws RequestError 401 `invalid_token`; UpstreamError where nobody can say. */
export type TokenSource = (call: Call, upstreamToken: string) => Promise<TokenStatement>;

export interface AccessTokenDeps {
  /** Present when the gateway binds, which is when the server does not. */
  readonly bindings: Bindings | undefined;
  /** Present where the issuer is asked, or its signature verified. */
  readonly source: TokenSource | undefined;
  /** Knows the clients whose tokens may have no binding. */
  readonly registry: ClientRegistry;
  /** Throws where no answer of the source could let the request pass, so that nobody is asked. */
  readonly beforeAsking?: (binding: Binding | undefined) => void;
}

/**
 * Returns what is known of a token that somebody presents. Where the gateway binds, its own binding
 * counts, and a token without one is refused unless the policy of its client binds nothing.
 *
 * @throws RequestError 401 `invalid_token`; UpstreamError; StoreError.
 */
export async function readAccessToken(
  call: Call,
  token: string,
  { bindings, source, registry, beforeAsking }: AccessTokenDeps,
): Promise<AccessToken> {
  const found = await bindings?.find(token);
  if (found !== undefined) refuseUnusable(found);
  const upstreamToken = found?.upstreamToken ?? token;
  if (source !== undefined) beforeAsking?.(found?.binding);
  const said = await source?.(call, upstreamToken);
  if (found === undefined && said !== undefined) return { upstreamToken, ...said };
  const binding = found?.binding;
  if (binding === undefined) {
    // Not issued through us, or its binding is lost: nobody can say to whom it belongs.
    const client = await registry.find(said?.clientId ?? '');
    if (said === undefined || client?.binding !== 'off') throw invalidToken('binding_unknown');
    return { upstreamToken, ...said };
  }
  if (said?.clientId !== undefined && said.clientId !== binding.clientId) {
    throw bindingConflict('the client_id of the issuer is not that of the binding');
  }
  const thumbprint = binding.thumbprint ?? said?.thumbprint;
  if (said?.thumbprint !== undefined && said.thumbprint !== thumbprint) {
    throw bindingConflict('the cnf of the issuer names another certificate than the binding');
  }
  const issuedAt = found?.issuedAt ?? said?.issuedAt;
  return { upstreamToken, clientId: binding.clientId, thumbprint, issuedAt };
}

/** What is no access token never was meant for a resource server. */
function refuseUnusable({ binding, isRevoked }: FoundToken): void {
  if (isRevoked) throw invalidToken('token_revoked');
  if (binding !== undefined && binding.kind !== 'access') {
    throw invalidToken('token_invalid', `it is of the kind ${binding.kind}`);
  }
}

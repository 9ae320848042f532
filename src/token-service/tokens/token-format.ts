/** In which form a client gets its access tokens, and for which resource servers they are. */

import { ownClaims } from './jwt-claims.ts';
import type { AccessToken } from './jwt-claims.ts';
import type { SigningAlgorithm } from '../keys/key-ring.ts';
import type { LoadedProvider, OidcProvider } from '../provider.ts';
import type { ServiceClient } from '../clients/client-metadata.ts';
import type { JWTStructured, KoaContextWithOIDC } from 'oidc-provider';

export interface TokenFormats {
  /**
   * Whom a JWT of this client is for: the resources that are named (RFC 8707 section 2), else all
   * of the client. Undefined for a client with opaque tokens.
   *
   * @throws 400 `invalid_target` for a resource that is none of the client's.
   */
  audience(clientId: string | undefined, resource: unknown): readonly string[] | undefined;
  /** Completes the claims of a JWT before it is signed. */
  complete(ctx: KoaContextWithOIDC, token: AccessToken, jwt: JWTStructured): void;
}

export interface TokenFormatFacts {
  readonly clients: readonly ServiceClient[];
  /** The `aud` by which a token is also for userinfo. */
  readonly userinfo: string;
}

/** Clients that are not among these, such as those who registered themselves, have opaque tokens. */
export function createTokenFormats(
  { clients, userinfo }: TokenFormatFacts,
  refusal: LoadedProvider['refusal'],
): TokenFormats {
  const audiences = new Map(clients.map(({ clientId, audience }) => [clientId, audience]));

  const formats: TokenFormats = {
    audience(clientId = '', resource) {
      const known = audiences.get(clientId);
      if (resource === undefined) return known;
      const named = new Set([resource].flat());
      const asked = known?.filter((each) => named.has(each)) ?? [];
      if (asked.length === named.size) return asked;
      throw refusal('invalid_target', 'the resource is none that this client has tokens for');
    },

    complete(ctx, token, jwt) {
      const audience = formats.audience(token.clientId, requestedResource(ctx));
      if (audience === undefined) return;
      const aud = token.scopes.has('openid') ? [...audience, userinfo] : audience;
      Object.assign(jwt.payload, ownClaims(ctx, token, aud));
    },
  };
  return formats;
}

/** The `resource` of a token request, which the provider itself does not look at. */
export function requestedResource({ oidc }: KoaContextWithOIDC): unknown {
  return oidc.body?.['resource'];
}

export interface SigningDeps {
  readonly formats: TokenFormats;
  readonly algorithm: SigningAlgorithm;
  /** Whether a token that is about to be saved is opaque whatever its client has. */
  readonly isOpaque: (token: AccessToken) => boolean;
  readonly currentContext: LoadedProvider['currentContext'];
}

/**
 * Makes the provider sign the access tokens of clients that have JWTs. It knows JWTs for resource
 * servers alone, with scopes and consent of their own, and none for a user's identity; here the
 * form is a matter of the client, and all else about its tokens stays what it is. So its resource
 * indicators are off, and a token is told its resource server right before it is made.
 */
export function signTokens(
  provider: OidcProvider,
  { formats, algorithm, isOpaque, currentContext }: SigningDeps,
): void {
  for (const { prototype } of [provider.AccessToken, provider.ClientCredentials]) {
    const save = prototype.save;
    prototype.save = async function saveInFormat(this: AccessToken) {
      if (isOpaque(this)) return save.call(this);
      const ctx = currentContext();
      const resource = ctx && requestedResource(ctx);
      const [audience] = formats.audience(this.clientId, resource) ?? [];
      if (audience !== undefined) {
        this.resourceServer = new provider.ResourceServer(audience, {
          audience,
          scope: this.scope ?? '',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: algorithm } },
        });
      }
      return save.call(this);
    };
  }
}

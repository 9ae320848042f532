/** The certificate to which a grant of our own binds its tokens, by the policy of the client. */

import type { X509Certificate } from 'node:crypto';

import type { GatewayDecisions } from '../gateway-decision.ts';
import type { LoadedProvider } from '../provider.ts';
import type { Client, KoaContextWithOIDC } from 'oidc-provider';

/**
 * Returns the certificate, undefined where the tokens of this request are not bound.
 *
 * @throws 400 where they must be bound, and the request has no certificate of the client.
 */
export function certificateToBind(
  ctx: KoaContextWithOIDC,
  client: Client,
  deps: {
    readonly decisions: GatewayDecisions;
    readonly loaded: Pick<LoadedProvider, 'refusal'>;
  },
): X509Certificate | undefined {
  if (client.tlsClientCertificateBoundAccessTokens !== true) return undefined;
  const certificate = deps.decisions.certificate(ctx.req, client.clientId);
  if (certificate !== undefined) return certificate;
  throw deps.loaded.refusal('invalid_grant', 'mutual TLS client certificate not provided');
}

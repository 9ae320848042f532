/** A client of the configuration as the registry takes it. */

import type { ClientRecord } from '../clients/registry.ts';
import type { Material } from '../config/check.ts';

/** Everything that the files say of the client; what is left out here would not be compared. */
export function clientRecord(client: Material['clients'][number]): ClientRecord {
  const { config, upstreamSecret } = client;
  return {
    clientId: config.client_id,
    method: config.token_endpoint_auth_method,
    certificates: client.certificates,
    certificateThumbprints: client.thumbprints,
    jwks: client.jwks,
    jwksUri: config.jwks_uri,
    allowPrivateJwksUri: config.allow_private_jwks_uri,
    wso2X5t: config.wso2_x5t,
    subjectDn: config.tls_client_auth_subject_dn,
    sanDns: config.tls_client_auth_san_dns,
    sanUri: config.tls_client_auth_san_uri,
    sanIp: config.tls_client_auth_san_ip,
    sanEmail: config.tls_client_auth_san_email,
    publicKeyPins: client.publicKeyPins,
    trustAnchors: client.trustAnchors,
    upstreamCredential:
      upstreamSecret === undefined || config.upstream === undefined
        ? undefined
        : { method: config.upstream.auth_method, secret: upstreamSecret },
  };
}

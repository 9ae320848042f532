/** The clients of the configuration as the registry takes them. */

import type { BindingPolicy } from '../clients/client.ts';
import { clientOf, createClientList } from '../clients/registry.ts';
import type { ClientList, ClientRecord } from '../clients/registry.ts';
import type { Material } from '../config/check.ts';
import { inSlices } from '../config/in-slices.ts';
import type { ClientConfig, Config } from '../config/schema.ts';
import { basicAuthorization } from '../oauth/upstream-credential.ts';

/** The clients of the configuration. @throws StartError when a record can't be used. */
export async function openClientRegistry(
  config: Config,
  { clients }: Material,
): Promise<ClientList> {
  const isEmbedded = 'embedded' in config.token_service;
  const all = clients.values().map((client) => [clientOf(clientRecord(client, isEmbedded))]);
  return createClientList(await inSlices(all));
}

/**
 * Everything that the files say of the client; what is left out here would not be compared.
 *
 * @param isEmbedded whether the token service is the embedded one, which is told secrets in one way
 * only, however the client sent its own.
 */
function clientRecord(client: Material['clients'][number], isEmbedded: boolean): ClientRecord {
  const { config, secret } = client;
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
      isEmbedded && secret !== undefined
        ? { method: 'client_secret_post', secret }
        : isEmbedded
          ? undefined
          : presented(config.client_id, client.upstreamCredential),
    secret,
    allowSecretInQuery: config.allow_secret_in_query,
    binding: bindingOf(config),
  };
}

function presented(
  clientId: string,
  credential: Material['clients'][number]['upstreamCredential'],
): ClientRecord['upstreamCredential'] {
  if (credential?.method !== 'client_secret_basic') return credential;
  const { method, secret } = credential;
  return { method, authorization: basicAuthorization(clientId, secret) };
}

/** Either key says it; undefined where neither does, and the method decides. */
function bindingOf(config: ClientConfig): BindingPolicy | undefined {
  const { certificate_binding: binding } = config;
  const stated = config.tls_client_certificate_bound_access_tokens;
  if (binding !== undefined || stated === undefined) return binding;
  return stated ? 'required' : 'off';
}

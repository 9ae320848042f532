/** What each client of a configuration is known by, whatever notation the file has it in. */

import { publicKeyPinOf, thumbprintOf } from '../certificate/thumbprint.ts';
import { formatSubject } from '../certificate/name/registered-subject.ts';
import type { ClientMaterial } from '../config/check.ts';

/** Returns one line for each client, and an indented one below for each thing it is known by. */
export function describeClients(clients: readonly ClientMaterial[]): string {
  return clients
    .flatMap((client) => [
      `client ${client.config.client_id}  ${client.config.token_endpoint_auth_method}`,
      ...knownBy(client).map((line) => `  ${line}`),
    ])
    .map((line) => `${line}\n`)
    .join('');
}

/** Returns one text for each thing, in its plain form. */
export function knownBy(client: ClientMaterial): readonly string[] {
  const { config, subject, jwks } = client;
  return [
    ...client.certificates.map((der) => `certificate ${thumbprintOf(der)}`),
    ...client.thumbprints.map((thumbprint) => `certificate ${thumbprint}`),
    ...(jwks?.keys ?? []).map(({ thumbprint, publicKey }) =>
      thumbprint === undefined
        ? `jwks key ${publicKeyPinOf(publicKey)}`
        : `jwks certificate ${thumbprint}`,
    ),
    ...(config.jwks_uri === undefined ? [] : [`jwks_uri ${config.jwks_uri}`]),
    ...(subject === undefined ? [] : [`${subject.parameter} ${formatSubject(subject)}`]),
    ...client.publicKeyPins.map((pin) => `spki_pins ${pin}`),
    ...client.trustAnchors.map((der) => `trust_anchors ${thumbprintOf(der)}`),
  ];
}

/** The listener that takes the place of WSO2's HTTPS connector. */

import type { Connector } from './connector.ts';
import type { TokenBinding } from './token-binding.ts';
import {
  DEFAULT_KEY_ALIAS,
  DEFAULT_KEY_STORE,
  DEFAULT_TRUST_STORE,
  FILES_FOLDER,
  TRUST_STORE_PASSPHRASE_FILE,
} from './stores.ts';
import type { Stores } from './stores.ts';
import { comment, commentedOut, origin, scalar } from './yaml-lines.ts';

export const SERVER_CERTIFICATE_FILE = `${FILES_FOLDER}/server.pem`;

const INDENT = '    ';

interface Facts {
  readonly connector: Connector;
  readonly stores: Stores;
  readonly binding: TokenBinding;
}

export function listenerLines({ connector, stores, binding }: Facts): readonly string[] {
  const { mode } = connector;
  return [
    'listeners:',
    '  - name: public',
    ...addressLines(connector),
    ...keyLines(stores),
    ...(mode === undefined
      ? comment('WSO2 is not told to ask for certificates; the gateway does.', INDENT)
      : origin(mode, 'clientAuth', INDENT)),
    `    client_certificate: ${mode?.value ?? 'want'}`,
    ...(mode?.value === 'off' ? [] : trustLines(connector, stores)),
    ...balancerLines(binding),
  ];
}

function addressLines({ offset, port }: Connector): readonly string[] {
  return [
    ...(offset === undefined ? [] : origin(offset, `offset = ${offset.value}`, INDENT)),
    ...comment('The port that clients know; WSO2 has to leave it.', INDENT),
    `    address: 0.0.0.0:${port}`,
  ];
}

function keyLines({ keyStore, keyAlias }: Stores): readonly string[] {
  const store = keyStore?.value ?? DEFAULT_KEY_STORE;
  const alias = keyAlias?.value ?? DEFAULT_KEY_ALIAS;
  return [
    ...(keyStore === undefined
      ? comment(`The key store that WSO2 ships, ${store}, is taken.`, INDENT)
      : origin(keyStore, `key store ${store}`, INDENT)),
    ...comment('Its certificate and key as PEM (each command asks for its password):', INDENT),
    ...[
      `keytool -importkeystore -srckeystore ${store} -srcalias ${alias} -destkeystore server.p12 -deststoretype pkcs12`,
      'openssl pkcs12 -in server.p12 -nokeys -out server.pem',
      'openssl pkcs12 -in server.p12 -nocerts -nodes -out server-key.pem && rm server.p12',
    ].map((command) => `${INDENT}#   ${command}`),
    `    certificate: ${SERVER_CERTIFICATE_FILE}`,
    `    private_key: ${FILES_FOLDER}/server-key.pem`,
  ];
}

function trustLines({ trustManager }: Connector, { trustStore }: Stores): readonly string[] {
  return [
    ...(trustManager === undefined
      ? []
      : origin(trustManager, 'trustManagerClassName: not needed, trust is judged here', INDENT)),
    ...(trustStore === undefined
      ? comment('The trust store that WSO2 ships is taken.', INDENT)
      : origin(trustStore, 'trust store', INDENT)),
    ...comment(
      'Whoever is in it vouches for clients of tls_client_auth. Registered certificates need nobody here.',
      INDENT,
    ),
    `    client_ca: [${scalar(`${FILES_FOLDER}/${trustStore?.value ?? DEFAULT_TRUST_STORE}`)}]`,
    `    client_ca_passphrase_file: ${TRUST_STORE_PASSPHRASE_FILE}`,
  ];
}

/** The header comes from the clients' side as well, where a load balancer ends TLS. */
function balancerLines({ header }: TokenBinding): readonly string[] {
  if (header === undefined) return [];
  const block = [
    'from_load_balancer:',
    '  format: one_line_pem',
    `  name: ${scalar(header.value)}`,
    '  peers: [192.0.2.10]',
  ];
  return [
    ...origin(header, 'client_certificate_header', INDENT),
    ...comment(
      'Only where a load balancer ends TLS and writes this header itself; peers are its addresses, and whoever has one of them can be any client.',
      INDENT,
    ),
    ...commentedOut(block).map((line) => `${INDENT}${line}`),
  ];
}

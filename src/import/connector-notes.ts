/** What changes with the gateway in the place of WSO2's connector. */

import type { Connector } from './connector.ts';
import type { DeploymentFile } from './deployment-file.ts';
import type { Notes } from './note.ts';
import type { Stores } from './stores.ts';
import type { TokenBinding } from './token-binding.ts';

interface ConnectorFacts {
  readonly connector: Connector;
  readonly stores: Stores;
  readonly binding: TokenBinding;
  readonly hasOauth: boolean;
  readonly deployment: DeploymentFile;
}

/** Notes what the gateway in the place of the connector changes. */
export function noteConnector(
  { connector, stores, binding, hasOauth, deployment }: ConnectorFacts,
  notes: Notes,
): void {
  const { mode, offset, port } = connector;
  const place = offset?.place ?? deployment.place(['server']);
  notes.add(
    'port_taken',
    place,
    `the gateway takes port ${port}, which clients know. Set [server] offset = ${(offset?.value ?? 0) + 1} so that WSO2 listens on ${port + 1}, and let nobody but the gateway reach it`,
  );
  if (hasOauth && (mode === undefined || mode.value === 'off')) {
    const today =
      binding.header === undefined ? 'none reaches it today' : 'they reach it in the header alone';
    notes.add(
      'certificate_never_asked',
      mode?.place ?? deployment.place(['transport', 'https']),
      `WSO2 asks no client for its certificate in TLS, and ${today}. ${mode === undefined ? 'The gateway asks (want)' : 'Set client_certificate to want'}; or use from_load_balancer where a balancer ends TLS`,
    );
  }
  if (mode?.value === 'off') return;
  notes.add(
    'trust_store_vouches',
    stores.trustStore?.place ?? deployment.place(['truststore']),
    'the trust store that WSO2 ships holds public CAs, and yours also the certificates of clients, most of them made as CAs (openssl req -x509). Each of them vouches for any subject of a tls_client_auth client: leave in it only the CAs that issue client certificates, look with certbound check, and register self-signed certificates with their clients',
  );
}

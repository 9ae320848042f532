/** The FAPI 2.0 Security Profile (Final): what of a configuration stands in its way. */

import type { KeyObject } from 'node:crypto';

import type { CheckedClient } from './check-clients.ts';
import type { KeyPath } from './positions.ts';
import type { Report } from './report.ts';
import type { ClientConfig, Config, EmbeddedConfig } from './schema.ts';

export interface ProfileFacts {
  readonly config: Config;
  readonly clients: readonly CheckedClient[];
  readonly report: Report;
}

type Forbid = (keyPath: KeyPath, what: string, section: string) => void;

const METHODS: ReadonlySet<string> = new Set(['self_signed_tls_client_auth', 'tls_client_auth']);
const CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
const LEAST_RSA_BITS = 2_048;

/** Reports everything that the profile of the embedded service forbids; nothing without a profile. */
export function checkProfile({ config, clients, report }: ProfileFacts): void {
  const { token_service: service } = config;
  if (!('embedded' in service)) return;
  const { profile } = service.embedded;
  if (profile === undefined) return;
  const forbid: Forbid = (keyPath, what, section) =>
    report.add(keyPath, `${what}: profile ${profile} forbids it (section ${section})`);
  checkService(service.embedded, forbid);
  config.clients.forEach((client, index) => checkClient(client, ['clients', index], forbid));
  clients.forEach((client, index) => checkClientKeys(client, ['clients', index], forbid));
}

function checkService(service: EmbeddedConfig, forbid: Forbid): void {
  const keyPath: KeyPath = ['token_service', 'embedded'];
  if (service.password_grant) {
    forbid([...keyPath, 'password_grant'], 'the password grant', '5.3.2.1');
  }
  if (service.require_pushed_authorization_requests === false) {
    const key = [...keyPath, 'require_pushed_authorization_requests'];
    forbid(key, 'authorization requests that are not pushed', '5.3.2.2');
  }
  // Others may have keys, which do not sign; this one would.
  if (service.signing_keys.algorithms[0] === 'RS256') {
    forbid([...keyPath, 'signing_keys', 'algorithms', 0], 'signatures by RS256', '5.4.1');
  }
  const grants = service.registration?.grant_types ?? [];
  grants.forEach((grant, index) => {
    if (grant !== 'password') return;
    const key = [...keyPath, 'registration', 'grant_types', index];
    forbid(key, 'the password grant', '5.3.2.1');
  });
}

function checkClient(client: ClientConfig, keyPath: KeyPath, forbid: Forbid): void {
  const method = client.token_endpoint_auth_method;
  if (!METHODS.has(method)) {
    const what = method === 'none' ? 'a public client' : `authentication by ${method}`;
    forbid([...keyPath, 'token_endpoint_auth_method'], what, '5.3.2.1');
  }
  const { certificate_binding: binding } = client;
  const stated = client.tls_client_certificate_bound_access_tokens;
  if (binding !== undefined && binding !== 'required') {
    forbid([...keyPath, 'certificate_binding'], 'tokens that no certificate binds', '5.3.2.1');
  }
  if (stated === false) {
    const key = [...keyPath, 'tls_client_certificate_bound_access_tokens'];
    forbid(key, 'tokens that no certificate binds', '5.3.2.1');
  }
  const password = client.grant_types.indexOf('password');
  if (password !== -1) {
    forbid([...keyPath, 'grant_types', password], 'the password grant', '5.3.2.1');
  }
  client.redirect_uris.forEach((uri, index) => {
    if (!isUnencrypted(uri)) return;
    forbid([...keyPath, 'redirect_uris', index], 'an answer by http', '5.3.2.2');
  });
  if (client.require_pushed_authorization_requests === false) {
    const key = [...keyPath, 'require_pushed_authorization_requests'];
    forbid(key, 'authorization requests that are not pushed', '5.3.2.2');
  }
}

/** Apps may listen on this machine, which they name by its address (RFC 8252 section 7.3). */
function isUnencrypted(uri: string): boolean {
  const url = URL.parse(uri);
  return url?.protocol === 'http:' && !['127.0.0.1', '[::1]'].includes(url.hostname);
}

/**
 * Only registered certificates are known here; the service looks at every other one. Keys of servers
 * that are too short are refused by OpenSSL, with or without the profile.
 */
function checkClientKeys({ certificates }: CheckedClient, keyPath: KeyPath, forbid: Forbid): void {
  for (const { facts, x509 } of certificates) {
    const what = weakness(x509.publicKey);
    if (what === undefined) continue;
    forbid([...keyPath, 'certificates'], `${what} of the certificate ${facts.thumbprint}`, '5.4.1');
  }
}

function weakness({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | undefined {
  const { modulusLength, namedCurve } = asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined && modulusLength < LEAST_RSA_BITS) {
    return `an RSA key of ${modulusLength} bits`;
  }
  if (asymmetricKeyType !== 'ec' || CURVES.has(namedCurve ?? '')) return undefined;
  return `a key on the curve ${namedCurve}`;
}

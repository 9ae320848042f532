/** Clients: each has exactly what its one method needs and nothing of another method. */

import { SUBJECT_PARAMETERS } from '../certificate/name/registered-subject.ts';
import type { FoundCertificate } from './certificate-files.ts';
import { checkClientKeys } from './check-client-keys.ts';
import { checkBinding } from './check-client-binding.ts';
import { checkClientPeople } from './check-client-people.ts';
import { readSecret } from './check-client-secrets.ts';
import { checkClientSubject } from './check-client-subject.ts';
import { checkClientTokens } from './check-client-tokens.ts';
import { readUpstreamCredential } from './check-client-upstream.ts';
import type { ClientMaterial } from './material.ts';
import { takesCertificates, vouches } from './listener-modes.ts';
import type { KeyPath } from './positions.ts';
import type { Report } from './report.ts';
import type { ClientConfig, Config } from './schema.ts';

type Method = ClientConfig['token_endpoint_auth_method'];
type MethodKey = keyof ClientConfig;

const SECRET_KEYS: readonly MethodKey[] = [
  'client_secret',
  'client_secret_file',
  'allow_secret_in_query',
];
const REGISTERED_KEYS: readonly MethodKey[] = [
  'certificates',
  'certificate_thumbprints',
  'jwks',
  'jwks_uri',
  'allow_private_jwks_uri',
  'wso2_x5t',
];
const VOUCHED_KEYS: readonly MethodKey[] = [
  ...SUBJECT_PARAMETERS,
  'spki_pins',
  'trust_anchors',
  'revocation',
];

const KEYS_OF_METHOD: Readonly<Record<Method, readonly MethodKey[]>> = {
  self_signed_tls_client_auth: REGISTERED_KEYS,
  tls_client_auth: VOUCHED_KEYS,
  certificate_and_secret: [
    ...REGISTERED_KEYS,
    ...VOUCHED_KEYS,
    ...SECRET_KEYS,
    'mandate_certificate',
  ],
  client_secret_basic: SECRET_KEYS,
  client_secret_post: SECRET_KEYS,
  none: [],
};
const METHOD_KEYS: ReadonlySet<MethodKey> = new Set(Object.values(KEYS_OF_METHOD).flat());

export interface CheckedClient {
  readonly material: ClientMaterial;
  readonly certificates: readonly FoundCertificate[];
}

/** What the checks of one client work with. */
export interface Scope {
  readonly keyPath: KeyPath;
  readonly config: Config;
  readonly report: Report;
}

/** Refuses a client_id that stands twice: a request could be either client. */
export function checkClientIds(clients: readonly ClientConfig[], report: Report): void {
  const seen = new Map<string, number>();
  clients.forEach(({ client_id: clientId }, index) => {
    const first = seen.get(clientId);
    if (first === undefined) {
      seen.set(clientId, index);
      return;
    }
    report.add(['clients', index, 'client_id'], `"${clientId}" is already clients[${first}]`);
  });
}

/** Reads and checks one client. */
export async function checkClient(
  client: ClientConfig,
  { index, config, report }: Omit<Scope, 'keyPath'> & { readonly index: number },
): Promise<CheckedClient> {
  const keyPath: KeyPath = ['clients', index];
  refuseForeignKeys(client, keyPath, report);
  checkMethod(client, { keyPath, config, report });
  checkBinding(client, { keyPath, config, report });
  checkClientPeople(client, { keyPath, config, report });
  checkClientTokens(client, { keyPath, config, report });
  const { certificates, ...keys } = await checkClientKeys(client, keyPath, report);
  const { trustAnchors, ...subject } = await checkClientSubject(client, keyPath, report);
  const secret = await readSecret(client, { keyPath, config, report });
  const upstream = await readUpstreamCredential(client, { keyPath, config, report });
  return {
    material: {
      config: client,
      certificates: certificates.map(({ facts }) => facts.der),
      ...keys,
      ...subject,
      trustAnchors: trustAnchors.map(({ facts }) => facts.der),
      ...(secret !== undefined && { secret }),
      upstreamCredential: upstream,
    },
    certificates: [...certificates, ...trustAnchors],
  };
}

function refuseForeignKeys(client: ClientConfig, keyPath: KeyPath, report: Report): void {
  const method = client.token_endpoint_auth_method;
  for (const key of METHOD_KEYS) {
    if (isGiven(client, key) && !KEYS_OF_METHOD[method].includes(key)) {
      report.add([...keyPath, key], `belongs to another method than ${method}`);
    }
  }
}

/** Defaults are no lists and switches in the position in which they change nothing. */
function isGiven(client: ClientConfig, key: MethodKey): boolean {
  const value = client[key];
  if (key === 'mandate_certificate') return value === false;
  return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
}

function checkMethod(client: ClientConfig, { keyPath, config, report }: Scope): void {
  const method = client.token_endpoint_auth_method;
  const methodKey = [...keyPath, 'token_endpoint_auth_method'];
  const asking = config.listeners.filter(takesCertificates);
  const isRegistered = REGISTERED_KEYS.some((key) => isGiven(client, key));
  const isVouched = VOUCHED_KEYS.some((key) => isGiven(client, key));
  if (method === 'certificate_and_secret') {
    if (isRegistered && isVouched) {
      report.add(methodKey, 'the certificate is registered and vouched for, expected one of them');
    }
    if (isRegistered === isVouched && client.mandate_certificate && !isRegistered) {
      report.add(methodKey, 'no certificate is registered, and mandate_certificate is not false');
    }
  }
  if (method === 'self_signed_tls_client_auth' || isRegistered) {
    if (asking.length === 0) report.add(methodKey, 'no listener asks for client certificates');
    return;
  }
  if (method !== 'tls_client_auth' && !isVouched) return;
  if (client.trust_anchors.length > 0) {
    if (asking.length === 0) report.add(methodKey, 'no listener asks for client certificates');
  } else if (!asking.some(vouches)) {
    report.add(methodKey, 'needs a listener with client_ca that asks for client certificates');
  }
}

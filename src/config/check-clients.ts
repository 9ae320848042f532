/** Clients: each has exactly what its one method needs and nothing of another method. */

import { parseDistinguishedName } from '../certificate/distinguished-name.ts';
import { CertificateError } from '../errors.ts';
import { readCertificateFile, readCertificateText } from './certificate-files.ts';
import type { FoundCertificate } from './certificate-files.ts';
import type { ClientMaterial } from './material.ts';
import { isPemText } from './paths.ts';
import type { KeyPath } from './positions.ts';
import type { Report } from './report.ts';
import type { ClientConfig, Config } from './schema.ts';
import { checkSecret, readSecretFile } from './secret-files.ts';

type Method = ClientConfig['token_endpoint_auth_method'];

const METHOD_KEYS = [
  'certificates',
  'tls_client_auth_subject_dn',
  'client_secret',
  'client_secret_file',
] as const;

const KEYS_OF_METHOD: Readonly<Record<Method, readonly string[]>> = {
  self_signed_tls_client_auth: ['certificates'],
  tls_client_auth: ['tls_client_auth_subject_dn'],
  client_secret_basic: ['client_secret', 'client_secret_file'],
  client_secret_post: ['client_secret', 'client_secret_file'],
};

export interface CheckedClient {
  readonly material: ClientMaterial;
  readonly certificates: readonly FoundCertificate[];
}

/** What the checks of one client work with. */
interface Scope {
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
  const certificates = await readRegistered(client, keyPath, report);
  const secret = await readSecret(client, keyPath, report);
  const upstreamSecret = await readUpstreamSecret(client, { keyPath, config, report });
  return {
    material: {
      config: client,
      certificates: certificates.map(({ facts }) => facts.der),
      ...(secret !== undefined && { secret }),
      ...(upstreamSecret !== undefined && { upstreamSecret }),
    },
    certificates,
  };
}

function refuseForeignKeys(client: ClientConfig, keyPath: KeyPath, report: Report): void {
  const method = client.token_endpoint_auth_method;
  for (const key of METHOD_KEYS) {
    const value = client[key];
    const isGiven = value !== undefined && value.length > 0;
    if (isGiven && !KEYS_OF_METHOD[method].includes(key)) {
      report.add([...keyPath, key], `belongs to another method than ${method}`);
    }
  }
}

function checkMethod(client: ClientConfig, { keyPath, config, report }: Scope): void {
  const method = client.token_endpoint_auth_method;
  const methodKey = [...keyPath, 'token_endpoint_auth_method'];
  const asking = config.listeners.filter((listener) => listener.client_certificate !== 'off');
  switch (method) {
    case 'self_signed_tls_client_auth':
      if (asking.length === 0) report.add(methodKey, 'no listener asks for client certificates');
      return;
    case 'tls_client_auth':
      checkSubject(client, keyPath, report);
      if (asking.every((listener) => listener.client_ca.length === 0)) {
        report.add(methodKey, 'needs a listener with client_ca that asks for client certificates');
      }
      return;
    case 'client_secret_basic':
    case 'client_secret_post':
      if (!('embedded' in config.token_service)) {
        report.add(methodKey, 'needs the embedded token service');
      }
  }
}

function checkSubject(client: ClientConfig, keyPath: KeyPath, report: Report): void {
  const subject = client.tls_client_auth_subject_dn;
  if (subject === undefined) {
    report.add([...keyPath, 'tls_client_auth_subject_dn'], 'is required for tls_client_auth');
    return;
  }
  try {
    parseDistinguishedName(subject);
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    report.add([...keyPath, 'tls_client_auth_subject_dn'], error.message);
  }
}

async function readRegistered(
  client: ClientConfig,
  keyPath: KeyPath,
  report: Report,
): Promise<readonly FoundCertificate[]> {
  const certificatesKey = [...keyPath, 'certificates'];
  if (client.token_endpoint_auth_method !== 'self_signed_tls_client_auth') return [];
  if (client.certificates.length === 0) {
    report.add(certificatesKey, 'at least one is required for self_signed_tls_client_auth');
    return [];
  }
  const outcomes = await Promise.all(
    client.certificates.map(async (entry, index) =>
      isPemText(entry)
        ? readCertificateText(entry, 'the PEM text')
        : readCertificateFile(entry, report.shown([...certificatesKey, index], entry)),
    ),
  );
  return outcomes.flatMap((outcome, index) => {
    if ('problem' in outcome) {
      report.add([...certificatesKey, index], outcome.problem);
      return [];
    }
    // A chain registered by accident would make its CA certificate a client.
    const { length } = outcome.certificates;
    if (length === 1) return outcome.certificates;
    report.add([...certificatesKey, index], `holds ${length} certificates, expected one`);
    return [];
  });
}

async function readSecret(
  client: ClientConfig,
  keyPath: KeyPath,
  report: Report,
): Promise<string | undefined> {
  const usesSecret = KEYS_OF_METHOD[client.token_endpoint_auth_method].includes('client_secret');
  return usesSecret ? readOneSecret(client, keyPath, report) : undefined;
}

async function readUpstreamSecret(
  client: ClientConfig,
  { keyPath, config, report }: Scope,
): Promise<string | undefined> {
  if (client.upstream === undefined) return undefined;
  const upstreamKey = [...keyPath, 'upstream'];
  const { token_service: service } = config;
  if (!('upstream' in service) || service.upstream.kind !== 'gateway') {
    report.add(upstreamKey, 'needs token_service.upstream of kind gateway');
  }
  return readOneSecret(client.upstream, upstreamKey, report);
}

/** Reads the secret of a mapping with `client_secret` and `client_secret_file`: exactly one. */
async function readOneSecret(
  from: {
    readonly client_secret?: string | undefined;
    readonly client_secret_file?: string | undefined;
  },
  keyPath: KeyPath,
  report: Report,
): Promise<string | undefined> {
  const { client_secret: inline, client_secret_file: file } = from;
  if (inline !== undefined && file !== undefined) {
    report.add(
      [...keyPath, 'client_secret_file'],
      'stands beside client_secret, expected one of them',
    );
    return undefined;
  }
  if (inline === undefined && file === undefined) {
    report.add(keyPath, 'expected client_secret or client_secret_file');
    return undefined;
  }
  const fileKey = [...keyPath, 'client_secret_file'];
  const outcome =
    file === undefined
      ? checkSecret(inline ?? '', 'the secret')
      : await readSecretFile(file, report.shown(fileKey, file));
  if ('secret' in outcome) return outcome.secret;
  report.add(file === undefined ? [...keyPath, 'client_secret'] : fileKey, outcome.problem);
  return undefined;
}

/** What self_signed_tls_client_auth compares: certificates, thumbprints, key sets. */

import { readJwks } from '../certificate/key-set/jwks.ts';
import type { Jwks } from '../certificate/key-set/jwks.ts';
import { parseThumbprint } from '../certificate/thumbprint.ts';
import { KeySetError } from '../errors.ts';
import { readCertificateFile, readCertificateText } from './certificate-files.ts';
import type { FoundCertificate } from './certificate-files.ts';
import { isPemText } from './paths.ts';
import type { KeyPath } from './positions.ts';
import type { Report } from './report.ts';
import type { ClientConfig } from './schema.ts';

export interface ClientKeys {
  readonly certificates: readonly FoundCertificate[];
  readonly thumbprints: readonly string[];
  readonly jwks?: Jwks;
}

/** Reads all that is registered; for self_signed_tls_client_auth there must be something. */
export async function checkClientKeys(
  client: ClientConfig,
  keyPath: KeyPath,
  report: Report,
): Promise<ClientKeys> {
  const method = client.token_endpoint_auth_method;
  if (method !== 'self_signed_tls_client_auth' && method !== 'certificate_and_secret') {
    return { certificates: [], thumbprints: [] };
  }
  if (method === 'self_signed_tls_client_auth') refuseNothing(client, keyPath, report);
  checkJwksUri(client, keyPath, report);
  const certificates = await readRegistered(client, keyPath, report);
  const thumbprints = readThumbprints(client, keyPath, report);
  const jwks = await readKeySet(client, keyPath, report);
  return { certificates, thumbprints, ...(jwks !== undefined && { jwks }) };
}

function refuseNothing(client: ClientConfig, keyPath: KeyPath, report: Report): void {
  const { certificates, certificate_thumbprints: thumbprints, jwks, jwks_uri: uri } = client;
  if (certificates.length + thumbprints.length > 0 || jwks !== undefined || uri !== undefined) {
    return;
  }
  report.add(
    [...keyPath, 'certificates'],
    'at least one is required for self_signed_tls_client_auth',
  );
}

function checkJwksUri(client: ClientConfig, keyPath: KeyPath, report: Report): void {
  const { jwks, jwks_uri: uri } = client;
  const uriKey = [...keyPath, 'jwks_uri'];
  // RFC 7591 section 2
  if (uri !== undefined && jwks !== undefined) {
    report.add(uriKey, 'stands beside jwks, expected one of them');
  }
  const { username = '', password = '' } = uri === undefined ? {} : new URL(uri);
  if (username !== '' || password !== '') report.add(uriKey, 'must not have credentials');
  if (client.allow_private_jwks_uri && uri === undefined) {
    report.add([...keyPath, 'allow_private_jwks_uri'], 'has no effect without jwks_uri');
  }
  if (client.wso2_x5t && uri === undefined && jwks === undefined) {
    report.add([...keyPath, 'wso2_x5t'], 'has no effect without jwks or jwks_uri');
  }
}

async function readRegistered(
  client: ClientConfig,
  keyPath: KeyPath,
  report: Report,
): Promise<readonly FoundCertificate[]> {
  const certificatesKey = [...keyPath, 'certificates'];
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

function readThumbprints(
  client: ClientConfig,
  keyPath: KeyPath,
  report: Report,
): readonly string[] {
  return client.certificate_thumbprints.flatMap((text, index) => {
    const parsed = parseThumbprint(text);
    if (parsed?.algorithm === 'sha256') return [parsed.value];
    const problem =
      parsed === undefined
        ? 'is no thumbprint in a notation of certbound thumbprint'
        : 'is a SHA-1 thumbprint, expected SHA-256: see certbound thumbprint';
    report.add([...keyPath, 'certificate_thumbprints', index], problem);
    return [];
  });
}

async function readKeySet(
  client: ClientConfig,
  keyPath: KeyPath,
  report: Report,
): Promise<Jwks | undefined> {
  if (client.jwks === undefined) return undefined;
  const jwksKey = [...keyPath, 'jwks'];
  try {
    const jwks = await readJwks(client.jwks);
    if (jwks.keys.length > 0) return jwks;
    report.add(jwksKey, 'has no key that a client certificate can have');
  } catch (error) {
    if (!(error instanceof KeySetError)) throw error;
    const [, index, text = error.message] = /^keys\[(\d+)\] (.*)$/s.exec(error.message) ?? [];
    report.add(index === undefined ? jwksKey : [...jwksKey, 'keys', Number(index)], text);
  }
  return undefined;
}

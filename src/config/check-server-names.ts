/** The entries of `server_names`: each name once, and a certificate together with its key. */

import { readServerCertificate } from './check-server-certificate.ts';
import type { CertificatePlace, ServerCertificate } from './check-server-certificate.ts';
import type { ListenerConfig } from './schema.ts';

type OwnCertificate = ServerCertificate | 'inherited' | undefined;

/**
 * Reads the certificates of all entries, undefined for an entry that has none of its own. As a whole
 * undefined when a problem was reported.
 */
export async function readServerNames(
  { server_names: entries }: ListenerConfig,
  { keyPath, now, report }: CertificatePlace,
): Promise<readonly (ServerCertificate | undefined)[] | undefined> {
  const names = new Set<string>();
  entries.forEach((entry, index) => {
    entry.names.forEach((name, at) => {
      const canonical = name.toLowerCase();
      if (names.has(canonical)) {
        report.add([...keyPath, 'server_names', index, 'names', at], `"${name}" is there twice`);
      }
      names.add(canonical);
    });
  });
  const own = await Promise.all(
    entries.map((entry, index) =>
      readOwn(entry, { keyPath: [...keyPath, 'server_names', index], now, report }),
    ),
  );
  if (own.includes(undefined)) return undefined;
  return own.map((each) => (each === 'inherited' ? undefined : each));
}

async function readOwn(
  { certificate, private_key: key }: ListenerConfig['server_names'][number],
  place: CertificatePlace,
): Promise<OwnCertificate> {
  const { keyPath, report } = place;
  if (certificate !== undefined && key !== undefined) {
    return readServerCertificate({ certificate, private_key: key }, place);
  }
  if (certificate === undefined && key === undefined) return 'inherited';
  const missing = certificate === undefined ? 'certificate' : 'private_key';
  report.add([...keyPath, missing], 'certificate and private_key belong together, one is missing');
  return undefined;
}

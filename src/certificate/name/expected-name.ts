/** Whether a server certificate is for the host that was meant (RFC 9525 section 6). */

import { CertificateError } from '../../errors.ts';
import type { GeneralName } from './general-name.ts';
import { dnsPatternOf, hostNameOf } from './host-name.ts';
import { formatIpOctets } from './ip-address.ts';

export type ExpectedName =
  | { readonly form: 'dns'; readonly host: string }
  /** 4 or 16 octets. */
  | { readonly form: 'ip'; readonly octets: Uint8Array };

/**
 * Refuses a certificate whose subjectAltName does not have the name. An address is not looked for
 * among DNS names, a wildcard stands for exactly one label, and the common name does not count.
 *
 * @throws CertificateError `certificate_name_mismatch`.
 */
export function expectName(names: readonly GeneralName[], expected: ExpectedName): void {
  if (names.some((name) => matches(name, expected))) return;
  const text = expected.form === 'dns' ? expected.host : formatIpOctets(expected.octets);
  const detail = `none of the ${names.length} alternative names is ${JSON.stringify(text)}`;
  throw new CertificateError('certificate_name_mismatch', detail);
}

function matches(name: GeneralName, expected: ExpectedName): boolean {
  if (expected.form === 'ip') {
    return name.form === 'ip' && Buffer.compare(name.octets, expected.octets) === 0;
  }
  if (name.form !== 'dns') return false;
  const host = hostNameOf(expected.host);
  const pattern = dnsPatternOf(name.value);
  if (host === undefined || pattern === undefined) return false;
  if (!pattern.isWildcard) return host === pattern.host;
  return host.slice(host.indexOf('.') + 1) === pattern.host;
}

/** Whether what is said of the binding of a client's tokens fits together. */

import { takesCertificates } from './listener-modes.ts';
import type { KeyPath } from './positions.ts';
import type { Report } from './report.ts';
import type { ClientConfig, Config } from './schema.ts';

export function checkBinding(
  client: ClientConfig,
  {
    keyPath,
    config,
    report,
  }: { readonly keyPath: KeyPath; readonly config: Config; readonly report: Report },
): void {
  const { certificate_binding: binding } = client;
  const stated = client.tls_client_certificate_bound_access_tokens;
  if (binding !== undefined && stated !== undefined) {
    const key = [...keyPath, 'tls_client_certificate_bound_access_tokens'];
    report.add(key, 'stands beside certificate_binding, expected one of them');
  }
  const isRequired = binding === 'required' || stated === true;
  if (isRequired && !config.listeners.some(takesCertificates)) {
    report.add([...keyPath, 'certificate_binding'], 'no listener asks for client certificates');
  }
}

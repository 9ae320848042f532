/** The token service: its addresses, the CAs of an upstream, the callers of introspection. */

import { writePem } from '../certificate/pem.ts';
import { readCaFiles } from './check-listeners.ts';
import type { KeyPath } from './positions.ts';
import type { Report } from './report.ts';
import type { Config } from './schema.ts';

/** Returns the upstream's CAs as PEM, one text each; empty for the embedded service. */
export async function checkTokenService(
  config: Config,
  report: Report,
): Promise<readonly string[]> {
  const { token_service: service } = config;
  if ('embedded' in service) {
    checkIssuer(service.embedded.issuer, report);
    checkIntrospectionCallers(service.embedded.introspection_callers, config, report);
    return [];
  }
  const keyPath: KeyPath = ['token_service', 'upstream'];
  checkOrigin(service.upstream.url, [...keyPath, 'url'], report);
  const cas = await readCaFiles(service.upstream.ca, [...keyPath, 'ca'], report);
  return (cas ?? []).map(({ facts }) => writePem(facts.der));
}

/** The issuer is compared as text (RFC 8414 section 3.3), so that one spelling alone will do. */
function checkIssuer(issuer: string, report: Report): void {
  const keyPath = ['token_service', 'embedded', 'issuer'];
  if (!checkOrigin(issuer, keyPath, report)) return;
  if (issuer.endsWith('/')) report.add(keyPath, 'must not end with a slash');
}

function checkOrigin(text: string, keyPath: KeyPath, report: Report): boolean {
  const url = new URL(text);
  const extras = [
    url.username !== '' || url.password !== '' ? 'credentials' : undefined,
    url.pathname === '/' ? undefined : 'a path',
    text.includes('?') ? 'a query' : undefined,
    text.includes('#') ? 'a fragment' : undefined,
  ].filter((extra) => extra !== undefined);
  if (extras.length === 0) return true;
  report.add(keyPath, `must not have ${extras.join(' or ')}, expected an origin`);
  return false;
}

function checkIntrospectionCallers(
  callers: readonly string[],
  config: Config,
  report: Report,
): void {
  const known = new Set(config.clients.map((client) => client.client_id));
  callers.forEach((caller, index) => {
    if (known.has(caller)) return;
    const keyPath = ['token_service', 'embedded', 'introspection_callers', index];
    report.add(keyPath, `there is no client "${caller}" in clients`);
  });
}

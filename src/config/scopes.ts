/** Which scopes there are, and which a client may ask for. */

import type { KeyPath } from './positions.ts';
import type { Report } from './report.ts';
import type { ClientConfig, EmbeddedConfig } from './schema.ts';

/** OpenID Connect Core sections 3.1.2.1, 5.4 and 11; in step with token-service/people/scope-texts.ts. */
const STANDARD_SCOPES: readonly string[] = ['openid', 'profile', 'offline_access'];

/** What makes a client a resource server of UMA; in step with token-service/uma/protection-token.ts. */
export const PROTECTION_SCOPE = 'uma_protection';

/** The grants for which people log in on pages of the service. */
export const PEOPLE_GRANTS: readonly ClientConfig['grant_types'][number][] = [
  'authorization_code',
  'urn:ietf:params:oauth:grant-type:device_code',
];

/** Returns the names of all scopes of the embedded service. */
export function definedScopes({
  scopes,
  uma,
}: Pick<EmbeddedConfig, 'scopes' | 'uma'>): readonly string[] {
  const own = scopes.map(({ name }) => name);
  return [...STANDARD_SCOPES, ...(uma === undefined ? [] : [PROTECTION_SCOPE]), ...own];
}

/** Returns the scopes that the client may ask for. */
export function clientScopes({ scope, grant_types: grants }: ClientConfig): readonly string[] {
  if (scope !== undefined) return scope.split(' ');
  return grants.some((grant) => PEOPLE_GRANTS.includes(grant)) ? ['openid'] : [];
}

/** Refuses a scope that is there twice, or that has a meaning already. */
export function checkScopes({ scopes }: EmbeddedConfig, keyPath: KeyPath, report: Report): void {
  const seen = new Set([...STANDARD_SCOPES, PROTECTION_SCOPE]);
  scopes.forEach(({ name }, index) => {
    if (seen.has(name)) report.add([...keyPath, index, 'name'], `"${name}" is a scope already`);
    seen.add(name);
  });
}

/** What a client needs to send people to the embedded token service, and where they come back to. */

import type { KeyPath } from './positions.ts';
import { redirectProblems } from './redirect-uris.ts';
import { clientScopes, definedScopes, PEOPLE_GRANTS, PROTECTION_SCOPE } from './scopes.ts';
import type { Scope as CheckScope } from './check-clients.ts';
import type { ClientConfig } from './schema.ts';

/** Grants that give tokens to whoever names a client, where the client proves nothing. */
const CONFIDENTIAL_GRANTS = ['client_credentials', 'password'] as const;

/** Checks the redirects, the scopes and the grants of a client of the embedded service. */
export function checkClientPeople(client: ClientConfig, scope: CheckScope): void {
  const { token_service: service } = scope.config;
  if (!('embedded' in service)) return;
  checkRedirects(client, scope);
  checkGrants(client, scope);
  checkScope(client, scope);
}

function checkRedirects(client: ClientConfig, { keyPath, report }: CheckScope): void {
  for (const key of ['redirect_uris', 'post_logout_redirect_uris'] as const) {
    for (const { index, text } of redirectProblems(client[key])) {
      report.add([...keyPath, key, index], text);
    }
  }
}

function checkGrants(client: ClientConfig, { keyPath, config, report }: CheckScope): void {
  const { token_service: service } = config;
  const { grant_types: grants, redirect_uris: redirects } = client;
  const grantsKey = [...keyPath, 'grant_types'];
  const hasUsers = 'embedded' in service && service.embedded.users_file !== undefined;
  grants.forEach((grant, index) => {
    if (!PEOPLE_GRANTS.includes(grant) || hasUsers) return;
    report.add([...grantsKey, index], 'needs users_file: nobody could log in');
  });
  const refresh = grants.indexOf('refresh_token');
  if (refresh !== -1 && 'embedded' in service && !hasUsers) {
    report.add([...grantsKey, refresh], 'needs users_file: what users allow alone is refreshed');
  }
  const at = grants.indexOf('authorization_code');
  if (at !== -1 && redirects.length === 0) report.add([...grantsKey, at], 'needs redirect_uris');
  if (at === -1 && redirects.length > 0) {
    report.add([...keyPath, 'redirect_uris'], 'needs the grant type authorization_code');
  }
  if (client.token_endpoint_auth_method === 'none') checkPublic(grants, grantsKey, report);
}

function checkPublic(
  grants: ClientConfig['grant_types'],
  keyPath: KeyPath,
  report: CheckScope['report'],
): void {
  if (!grants.some((grant) => PEOPLE_GRANTS.includes(grant))) {
    report.add(keyPath, `a public client needs ${PEOPLE_GRANTS.join(' or ')}`);
  }
  for (const grant of CONFIDENTIAL_GRANTS) {
    // RFC 6749 section 4.4
    if (grants.includes(grant)) report.add(keyPath, `${grant} is not for a public client`);
  }
}

function checkScope(client: ClientConfig, { keyPath, config, report }: CheckScope): void {
  const { token_service: service } = config;
  if (client.scope === undefined || !('embedded' in service)) return;
  const defined = definedScopes(service.embedded);
  const unknown = clientScopes(client).filter((scope) => !defined.includes(scope));
  if (unknown.includes(PROTECTION_SCOPE)) {
    report.add([...keyPath, 'scope'], `${PROTECTION_SCOPE} needs token_service.embedded.uma`);
  }
  const foreign = unknown.filter((scope) => scope !== PROTECTION_SCOPE);
  if (foreign.length === 0) return;
  const listed = foreign.map((scope) => `"${scope}"`).join(', ');
  report.add([...keyPath, 'scope'], `${listed} is not in token_service.embedded.scopes`);
}

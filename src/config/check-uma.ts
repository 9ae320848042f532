/** User-Managed Access at the embedded token service: who is named must be there and able to take part. */

import type { User } from '../users/users-file.ts';
import type { KeyPath } from './positions.ts';
import type { Report } from './report.ts';
import type { ClientConfig, Config, EmbeddedConfig } from './schema.ts';
import { clientScopes, PROTECTION_SCOPE } from './scopes.ts';

const UMA_GRANT = 'urn:ietf:params:oauth:grant-type:uma-ticket';

const KEY_PATH: KeyPath = ['token_service', 'embedded', 'uma'];

export interface UmaScope {
  readonly config: Config;
  readonly users: readonly User[];
  readonly report: Report;
}

/** Checks the section, and the clients that have the grant. */
export function checkUma({ uma, registration }: EmbeddedConfig, scope: UmaScope): void {
  checkGrants(uma !== undefined, scope);
  if (uma === undefined) return;
  checkResourceServers(scope);
  checkRegistration(registration, scope);
  const clients = new Map(scope.config.clients.map((client) => [client.client_id, client]));
  uma.policies.forEach((policy, index) => {
    checkPolicy(policy, { ...scope, clients, keyPath: [...KEY_PATH, 'policies', index] });
  });
}

function checkGrants(isOn: boolean, { config, report }: UmaScope): void {
  config.clients.forEach(({ grant_types: grants, token_endpoint_auth_method: method }, index) => {
    const at = grants.indexOf(UMA_GRANT);
    if (at === -1) return;
    const keyPath: KeyPath = ['clients', index, 'grant_types', at];
    if (!isOn) report.add(keyPath, 'needs token_service.embedded.uma');
    if (method === 'none') report.add(keyPath, 'the client is public: anyone could be it');
  });
}

function checkResourceServers({ config, report }: UmaScope): void {
  config.clients.forEach((client, index) => {
    if (!clientScopes(client).includes(PROTECTION_SCOPE)) return;
    const problem = resourceServerProblem(client);
    if (problem === undefined) return;
    report.add(['clients', index, 'scope'], `${PROTECTION_SCOPE}: ${problem}`);
  });
}

function resourceServerProblem(client: ClientConfig): string | undefined {
  if (client.token_endpoint_auth_method === 'none') {
    return 'the client is public: anyone could register resources in its name';
  }
  const stated = client.tls_client_certificate_bound_access_tokens;
  if (client.certificate_binding === 'off' || stated === false) {
    return 'the tokens of the client are bound to no certificate, and are refused';
  }
  return undefined;
}

/** No policy can name a client that has no name yet, and what nobody looked at keeps no resources. */
function checkRegistration(
  registration: EmbeddedConfig['registration'],
  { report }: UmaScope,
): void {
  const keyPath: KeyPath = ['token_service', 'embedded', 'registration'];
  const grant = registration?.grant_types.indexOf(UMA_GRANT) ?? -1;
  if (grant !== -1) {
    report.add([...keyPath, 'grant_types', grant], 'is for clients of the configuration alone');
  }
  const scope = registration?.scopes.indexOf(PROTECTION_SCOPE) ?? -1;
  if (scope !== -1) {
    report.add([...keyPath, 'scopes', scope], 'is for clients of the configuration alone');
  }
}

interface PolicyScope extends UmaScope {
  readonly clients: ReadonlyMap<string, ClientConfig>;
  readonly keyPath: KeyPath;
}

type PolicyConfig = NonNullable<EmbeddedConfig['uma']>['policies'][number];

function checkPolicy(policy: PolicyConfig, { clients, users, keyPath, report }: PolicyScope): void {
  policy.clients.forEach((clientId, index) => {
    const client = clients.get(clientId);
    const place = [...keyPath, 'clients', index];
    if (client === undefined) {
      report.add(place, `there is no client "${clientId}" in clients`);
    } else if (!client.grant_types.includes(UMA_GRANT)) {
      report.add(place, `"${clientId}" does not have the grant type ${UMA_GRANT}`);
    }
  });
  policy.users?.forEach((name, index) => {
    if (users.some((user) => user.name === name)) return;
    report.add([...keyPath, 'users', index], `there is no user "${name}" in users_file`);
  });
  if (policy.users !== undefined && policy.owner !== undefined) {
    report.add([...keyPath, 'owner'], 'expected either users or owner');
  }
  if (policy.resources.length + policy.resource_types.length === 0) {
    report.add(keyPath, 'needs resources or resource_types');
  }
}

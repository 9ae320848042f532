/** Steps of the keys of the embedded token service. */

import { comma, within } from './step.ts';
import type { Step } from './step.ts';

const embedded = within('embedded', comma);
const registration = within(
  'embedded',
  (yaml) => `, registration: {initial_access_token_files: [one.token]${comma(yaml)}}`,
);
const uma = within('embedded', (yaml) => `, uma: {${yaml}}`);
const SERVICE = 'token_service.embedded';
const UMA_CLIENT = ", grant_types: ['urn:ietf:params:oauth:grant-type:uma-ticket']";

export const EMBEDDED_STEPS: readonly Step[] = [
  embedded(`${SERVICE}.profile`, ['profile: fapi_2_0', ''], 'profile: on became off'),
  embedded(
    `${SERVICE}.require_pushed_authorization_requests`,
    ['require_pushed_authorization_requests: true', ''],
    'require_pushed_authorization_requests: on became off',
  ),
  embedded(
    `${SERVICE}.password_grant`,
    ['users_file: users', 'users_file: users, password_grant: true'],
    'password_grant: off became on',
  ),
  embedded(`${SERVICE}.users_file`, ['', 'users_file: users'], 'users_file: off became on'),
  embedded(
    `${SERVICE}.scopes[].name`,
    ['', 'scopes: [{name: read, description: Read}]'],
    'scopes: read was added',
  ),
  ...['access_token_lifetime', 'session_lifetime'].map((key) =>
    embedded(
      `${SERVICE}.${key}`,
      [`${key}: 1s`, `${key}: 2s`],
      `embedded.${key}: 1000 ms became 2000 ms`,
    ),
  ),
  embedded(
    `${SERVICE}.signing_keys.rotate_every`,
    ['signing_keys: {rotate_every: 30d}', ''],
    'signing_keys.rotate_every: 2592000000 ms became 7776000000 ms',
  ),
  embedded(
    `${SERVICE}.signing_keys.keep`,
    ['', 'signing_keys: {keep: 16d}'],
    'signing_keys.keep: 1296000000 ms became 1382400000 ms',
  ),
  embedded(
    `${SERVICE}.introspection_callers`,
    ['', 'introspection_callers: [a]'],
    'introspection_callers: a was added',
  ),
  embedded(
    `${SERVICE}.registration.initial_access_token_files`,
    [
      'registration: {initial_access_token_files: [one.token]}',
      'registration: {initial_access_token_files: [one.token, other.token]}',
    ],
    'registration.initial_access_token_files: ',
  ),
  registration(
    `${SERVICE}.registration.max_clients`,
    ['', 'max_clients: 1001'],
    'registration.max_clients: 1000 became 1001',
  ),
  registration(
    `${SERVICE}.registration.grant_types`,
    ['grant_types: [client_credentials]', 'grant_types: [client_credentials, refresh_token]'],
    'registration.grant_types: refresh_token was added',
  ),
  registration(
    `${SERVICE}.registration.scopes`,
    ['scopes: [openid]', 'scopes: [openid, profile]'],
    'registration.scopes: profile was added',
  ),
  registration(
    `${SERVICE}.registration.client_secret_lifetime`,
    ['client_secret_lifetime: 30d', ''],
    'client_secret_lifetime: 2592000000 ms became no limit',
  ),
  registration(
    `${SERVICE}.registration.allow_private_jwks_uri`,
    ['', 'allow_private_jwks_uri: true'],
    'registration.allow_private_jwks_uri: off became on',
  ),
  uma(
    `${SERVICE}.uma.permission_information`,
    ['', 'permission_information: false'],
    'uma.permission_information: on became off',
  ),
  uma(
    `${SERVICE}.uma.ticket_lifetime`,
    ['', 'ticket_lifetime: 6m'],
    'uma.ticket_lifetime: 300000 ms became 360000 ms',
  ),
  uma(
    `${SERVICE}.uma.max_resources`,
    ['', 'max_resources: 1001'],
    'uma.max_resources: 1000 became 1001',
  ),
  uma(
    `${SERVICE}.uma.max_tickets`,
    ['', 'max_tickets: 10001'],
    'uma.max_tickets: 10000 became 10001',
  ),
  ...[
    ['users', '', ', users: [alice]'],
    ['owner', '', ', owner: true'],
    ['resources', ', resources: [more]', ''],
    ['resource_types', ', resource_types: [kind]', ''],
    ['scopes', '', '', 'more'],
    ['clients', '', '', '', 'b'],
  ].map(([key = '', wide = '', narrow = '', scope = '', clientId = '']): Step => {
    const base = key === 'resources' ? 'resource_types: [x]' : 'resources: [x]';
    const policy = (more: string, scopes: string, clients: string): string =>
      `uma: {policies: [{clients: [${clients}], ${base}, scopes: [${scopes}]${more}}]}`;
    const states = [
      policy(narrow, 'read', 'a'),
      policy(
        wide,
        scope === '' ? 'read' : `read, ${scope}`,
        clientId === '' ? 'a' : `a, ${clientId}`,
      ),
    ] as const;
    const second = `}\n  - {client_id: b, token_endpoint_auth_method: tls_client_auth, tls_client_auth_subject_dn: CN=b${UMA_CLIENT}`;
    return within('embedded', (yaml) => `, users_file: users, ${yaml}`, {
      client: `${UMA_CLIENT}${clientId === '' ? '' : second}`,
    })(`${SERVICE}.uma.policies[].${key}`, states, 'uma.policies.0: gives ');
  }),
];

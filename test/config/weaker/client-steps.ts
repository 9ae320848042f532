/** Steps of the keys of a client. */

import { comma, within } from './step.ts';
import type { Step } from './step.ts';

const redirected = (uris: string, more = ''): string =>
  `, grant_types: [authorization_code], redirect_uris: [${uris}]${comma(more)}`;
const client = within('client', comma);
const withKeySet = within('client', comma, {
  method: "self_signed_tls_client_auth, jwks_uri: 'https://a.example/keys'",
});
const webClient = within('client', (yaml) => redirected("'https://a.example/'", yaml), {
  embedded: ', users_file: users',
});

export const CLIENT_STEPS: readonly Step[] = [
  {
    key: 'clients[].token_endpoint_auth_method',
    told: ['token_endpoint_auth_method: certificate_and_secret became tls_client_auth'],
    before: {
      method: 'certificate_and_secret, tls_client_auth_subject_dn: CN=a, client_secret: of-a',
    },
    after: {},
  },
  client(
    'clients[].certificate_binding',
    ['', 'certificate_binding: if_present'],
    'clients.a.certificate_binding: required became if_present',
  ),
  client(
    'clients[].tls_client_certificate_bound_access_tokens',
    ['', 'tls_client_certificate_bound_access_tokens: false'],
    'clients.a.certificate_binding: required became off',
  ),
  client(
    'clients[].trust_anchors',
    ['trust_anchors: [ca.pem]', ''],
    'clients.a.trust_anchors: those of the listener vouch now',
  ),
  client(
    'clients[].trust_anchors',
    ['trust_anchors: [ca.pem]', 'trust_anchors: [both.pem]'],
    'clients.a.trust_anchors: ',
  ),
  client('clients[].revocation', ['revocation: hard', ''], 'clients.a.revocation: hard became off'),
  client(
    'clients[].spki_pins',
    [`spki_pins: ['${'ab'.repeat(32)}']`, ''],
    'clients.a.spki_pins: on became off',
  ),
  within('client', comma, { embedded: ', users_file: users' })(
    'clients[].grant_types',
    ['', 'grant_types: [client_credentials, refresh_token]'],
    'clients.a.grant_types: refresh_token was added',
  ),
  within('client', comma, { method: 'client_secret_post, client_secret: of-a' })(
    'clients[].allow_secret_in_query',
    ['', 'allow_secret_in_query: true'],
    'allow_secret_in_query: off became on',
  ),
  withKeySet(
    'clients[].allow_private_jwks_uri',
    ['', 'allow_private_jwks_uri: true'],
    'allow_private_jwks_uri: off became on',
  ),
  withKeySet('clients[].wso2_x5t', ['', 'wso2_x5t: true'], 'wso2_x5t: off became on'),
  within('client', comma, {
    method: 'certificate_and_secret, tls_client_auth_subject_dn: CN=a, client_secret: of-a',
  })(
    'clients[].mandate_certificate',
    ['', 'mandate_certificate: false'],
    'mandate_certificate: on became off',
  ),
  within('client', comma, { embedded: ', scopes: [{name: read, description: Read}]' })(
    'clients[].scope',
    ['', 'scope: read'],
    'clients.a.scope: read was added',
  ),
  within('client', redirected, { embedded: ', users_file: users' })(
    'clients[].redirect_uris',
    ["'https://a.example/'", "'https://a.example/', 'https://b.example/'"],
    'clients.a.redirect_uris: https://b.example/ was added',
  ),
  webClient(
    'clients[].post_logout_redirect_uris',
    ['', "post_logout_redirect_uris: ['https://a.example/out']"],
    'post_logout_redirect_uris: https://a.example/out was added',
  ),
  webClient(
    'clients[].require_pushed_authorization_requests',
    ['require_pushed_authorization_requests: true', ''],
    'clients.a.require_pushed_authorization_requests: on became off',
  ),
  client(
    'clients[].audience',
    [
      "access_token_format: jwt, audience: ['https://one.example']",
      "access_token_format: jwt, audience: ['https://one.example', 'https://two.example']",
    ],
    'clients.a.audience: https://two.example was added',
  ),
  client(
    'clients[].access_token_format',
    ['', "access_token_format: jwt, audience: ['https://one.example']"],
    'clients.a.access_token_format: opaque became jwt',
    'clients.a.audience: https://one.example was added',
  ),
];

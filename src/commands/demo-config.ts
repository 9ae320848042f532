/** The configuration of `certbound demo`; a test keeps it in step with config.yaml. */

/** Returns the text of a configuration like config.yaml, for a container: any address, own secrets. */
export function demoConfigText({
  adminSecret,
  clientSecret,
}: {
  readonly adminSecret: string;
  readonly clientSecret: string;
}): string {
  const selfSigned = (clientId: string) => ({
    client_id: clientId,
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    certificates: ['demo/client.pem'],
  });
  const config = {
    listeners: [
      {
        address: '0.0.0.0:9443',
        certificate: 'demo/server.pem',
        private_key: 'demo/server-key.pem',
        client_certificate: 'want',
        client_ca: ['demo/ca.pem'],
      },
    ],
    management: { address: '127.0.0.1:9464' },
    token_service: {
      embedded: {
        issuer: 'https://localhost:9443',
        introspection_callers: ['admin'],
        users_file: 'demo/users',
        password_grant: true,
      },
    },
    clients: [
      {
        ...selfSigned('h9gd1bLEgzUwftAhnrof0fZWcZwa'),
        client_name: 'Playground',
        grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
        redirect_uris: ['http://localhost:8080/playground2/oauth2client'],
        post_logout_redirect_uris: ['http://localhost:8080/playground2/'],
        scope: 'openid profile offline_access',
      },
      selfSigned('qiB6avlILBqnJLSxOfadoJYwOnQa'),
      {
        client_id: '2fjjjsCfTlLqptsj_goJcplgTyka',
        token_endpoint_auth_method: 'certificate_and_secret',
        certificates: ['demo/client.pem'],
        client_secret: clientSecret,
        grant_types: ['password', 'refresh_token', 'client_credentials'],
      },
      {
        client_id: 'pki-client',
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_auth_subject_dn: 'CN=pki-client,O=certbound demo',
      },
      {
        client_id: 'admin',
        token_endpoint_auth_method: 'client_secret_basic',
        client_secret: adminSecret,
        grant_types: [],
      },
    ],
    store: { path: 'certbound.sqlite' },
    demo: { certificates: 'demo', allow_any_address: true },
  };
  // JSON is YAML; the line breaks give each key a place of its own in messages.
  return JSON.stringify(config, undefined, 2);
}

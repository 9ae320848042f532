import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { startHaproxy, withoutHaproxy } from '../support/haproxy.ts';
import { postForm } from '../support/https-client.ts';
import { startNginx, withoutNginx } from '../support/nginx.ts';
import { selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { EMBEDDED } from '../support/running-gateway.ts';
import { startBehindBalancer } from './behind-balancer.ts';
import { expectBound } from './client-attempt.ts';

interface Product {
  readonly format: 'nginx' | 'haproxy';
  readonly skip: string | false;
  readonly header: string;
  /** The header as the product would write it. */
  readonly spell: (client: Issued) => string;
  /** Starts it in front of the gateway and resolves to its port. */
  readonly start: (
    t: TestContext,
    gatewayPort: number,
    files: Readonly<Record<string, string>>,
  ) => Promise<number>;
}

const PRODUCTS: readonly Product[] = [
  {
    format: 'nginx',
    skip: withoutNginx,
    header: 'SSL-Client-Cert',
    spell: ({ certificatePem }) => encodeURIComponent(certificatePem),
    start: (t, gatewayPort, files) =>
      startNginx(t, {
        files,
        lines: [
          'ssl_certificate server.pem; ssl_certificate_key server.pem;',
          'ssl_verify_client optional_no_ca;',
          'location / {',
          `  proxy_pass https://127.0.0.1:${gatewayPort};`,
          '  proxy_set_header Host $http_host;',
          '  proxy_set_header SSL-Client-Cert $ssl_client_escaped_cert;',
          '  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
          '  proxy_ssl_certificate balancer.pem; proxy_ssl_certificate_key balancer.pem;',
          '  proxy_ssl_trusted_certificate ca.pem; proxy_ssl_verify on;',
          '  proxy_ssl_name localhost;',
          '}',
        ],
      }),
  },
  {
    format: 'haproxy',
    skip: withoutHaproxy,
    header: 'X-SSL-Client-Cert',
    spell: ({ certificate }) => Buffer.from(certificate).toString('base64'),
    start: (t, gatewayPort, files) =>
      startHaproxy(t, {
        files,
        bind: 'ssl crt server.pem ca-file ca.pem verify optional ca-ignore-err all crt-ignore-err all',
        lines: [
          'mode http',
          'http-request set-header X-SSL-Client-Cert %[ssl_c_der,base64]',
          'option forwardfor',
          `server gateway 127.0.0.1:${gatewayPort} ssl crt balancer.pem ca-file ca.pem verify required verifyhost localhost`,
        ],
      }),
  },
];

for (const { format, skip, header, spell, start } of PRODUCTS) {
  test(`${format} passes the certificate of its client on`, { skip }, async (t) => {
    const balancer = await selfSigned({ subject: 'CN=balancer,O=Test' });
    const gateway = await startBehindBalancer(t, {
      balancer: { format, peer_certificate: balancer.thumbprint },
      yaml: EMBEDDED,
    });
    const { ca, client, stranger, pkiClient, folder } = gateway;
    const own = ['server.pem', 'server-key.pem'].map((name) => readFile(join(folder, name)));
    const port = await start(t, gateway.port, {
      'ca.pem': ca,
      'server.pem': (await Promise.all(own)).join(''),
      'balancer.pem': balancer.certificatePem + balancer.privateKeyPem,
    });
    const ask = (
      clientId: string,
      identity?: Pick<Issued, 'certificatePem' | 'privateKeyPem'>,
      headers: readonly (readonly [string, string])[] = [],
    ) => {
      const form = { grant_type: 'client_credentials', client_id: clientId };
      return postForm({ port, ca, path: '/oauth2/token', form, headers, ...identity });
    };

    for (const [clientId, identity] of [
      ['self-signed', client],
      ['pki', pkiClient],
    ] as const) {
      const answer = await ask(clientId, identity);
      assert.equal(answer.status, 200, answer.text);
      const token = String(answer.json()['access_token']);
      await expectBound(gateway, { token, clientId, thumbprint: identity.thumbprint });
    }
    // What a client writes itself, the balancer replaces.
    const forged = [[header, spell(client)]] as const;
    for (const [identity, headers] of [
      [stranger],
      [undefined, forged],
      [stranger, forged],
    ] as const) {
      const answer = await ask('self-signed', identity, headers);
      assert.deepEqual([answer.status, answer.json()['error']], [401, 'invalid_client']);
    }
  });
}

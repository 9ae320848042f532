import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { basic, postForm } from '../support/https-client.ts';
import { startPlainProvider } from '../support/plain-provider.ts';
import { startPostgres, withoutPostgres } from '../support/postgres-server.ts';
import { startRedis, withoutRedis } from '../support/redis-server.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

const ENGINES = {
  redis: { skip: withoutRedis, start: startRedis },
  postgres: { skip: withoutPostgres, start: startPostgres },
} as const;

for (const [engine, { skip, start }] of Object.entries(ENGINES)) {
  test(
    `a token that one replica issued is confirmed by another over ${engine}`,
    { skip },
    async (t) => {
      const server = await start((clean) => t.after(clean));
      const [one, two] = await startReplicas(t, engine, server.url);
      const token = await tokenFrom(one);
      const { cnf } = (await introspect(two, token)).json();
      assert.deepEqual(cnf, { 'x5t#S256': one.client.thumbprint });
    },
  );

  test(
    `F04: while ${engine} is down no token is released or confirmed, and no restart is needed after`,
    { skip },
    async (t) => {
      const server = await start((clean) => t.after(clean));
      const [gateway] = await startReplicas(t, engine, server.url);
      const token = await tokenFrom(gateway);
      await server.kill();
      for (const answer of [await requestToken(gateway), await introspect(gateway, token)]) {
        assert.equal(answer.status, 503);
        assert.equal(answer.json()['error'], 'temporarily_unavailable');
        assert.equal(answer.headers['retry-after'], '1');
      }
      await server.start();
      let answer = await introspect(gateway, token);
      while (answer.status === 503) answer = await introspect(gateway, token);
      assert.deepEqual(answer.json()['cnf'], { 'x5t#S256': gateway.client.thumbprint });
      await tokenFrom(gateway);
    },
  );
}

/** Two gateways, each with certificates of its own, before one identity server. */
async function startReplicas(
  t: TestContext,
  engine: string,
  url: string,
): Promise<readonly [GatewayFixture, GatewayFixture]> {
  const provider = await startPlainProvider({
    clients: [
      { clientId: 'self-signed', secret: 'kept' },
      { clientId: 'resource-server', secret: 'rs-secret' },
    ],
  });
  t.after(() => provider.close());
  const startOne = async (): Promise<GatewayFixture> => {
    const gateway = await startGateway({
      yaml: `
token_service: {upstream: {url: '${provider.url}'}}
clients:
  - client_id: self-signed
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    upstream: {client_secret: kept}
`,
      store: `engine: ${engine}, url: '${url}'`,
    });
    t.after(() => gateway.close());
    return gateway;
  };
  return [await startOne(), await startOne()];
}

function requestToken({ port, ca, client }: GatewayFixture) {
  const form = { grant_type: 'client_credentials', client_id: 'self-signed' };
  return postForm({ port, ca, path: '/oauth2/token', form, ...client });
}

async function tokenFrom(gateway: GatewayFixture): Promise<string> {
  const answer = await requestToken(gateway);
  assert.equal(answer.status, 200, answer.text);
  return String(answer.json()['access_token']);
}

function introspect({ port, ca }: GatewayFixture, token: string) {
  const headers = [basic('resource-server', 'rs-secret')];
  return postForm({ port, ca, path: '/oauth2/introspect', headers, form: { token } });
}

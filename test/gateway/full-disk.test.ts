import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { basic, httpsRequest, postForm } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import { startGateway } from '../support/running-gateway.ts';
import { startSecretServer } from '../support/secret-server.ts';
import { smallDisk, withoutMount } from '../support/small-disk.ts';

const skip = withoutMount;

/** A gateway whose store is alone on a small disk, before a server that takes refresh tokens once. */
async function start(t: TestContext) {
  const disk = await smallDisk(t);
  const server = await startSecretServer({
    clients: { 'self-signed': 'kept', rs: 'secret' },
    users: { admin: 'admin' },
  });
  t.after(() => server.close());
  const storePath = join(disk.folder, 'store.sqlite');
  const gateway = await startGateway({
    yaml: `
token_service: {upstream: {url: '${server.url}'}}
clients:
  - client_id: self-signed
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    upstream: {client_secret: kept}
`,
    storePath,
    // A slow machine is no full disk.
    store: 'timeout: 1m',
  });
  t.after(() => gateway.close());
  const { port, ca, client } = gateway;
  const ask = (form: Readonly<Record<string, string>>): Promise<ClientAnswer> =>
    postForm({
      port,
      ca,
      path: '/oauth2/token',
      form: { client_id: 'self-signed', ...form },
      ...client,
    });
  const token = () => ask({ grant_type: 'client_credentials' });
  const tokens: string[] = [];
  return {
    disk,
    gateway,
    storePath,
    ask,
    /** Every token that was released so far. */
    tokens,
    token: async () => {
      const answer = await token();
      if (answer.status === 200) tokens.push(String(answer.json()['access_token']));
      return answer;
    },
    introspect: async (held: string) => {
      const form = { token: held };
      const headers = [basic('rs', 'secret')];
      return postForm({ port, ca, path: '/oauth2/introspect', form, headers });
    },
    pass: () => httpsRequest({ port, ca, path: '/other' }),
  };
}

type Fixture = Awaited<ReturnType<typeof start>>;

/**
 * Fills the disk, and asks until the store has used up what it had of it: a log that is begun anew has
 * room for some more.
 */
async function fillUp({ disk, token }: Fixture): Promise<readonly ClientAnswer[]> {
  let refusals: ClientAnswer[] = [];
  while (refusals.length < 10) {
    disk.fill();
    const answer = await token();
    refusals = answer.status === 200 ? [] : [...refusals, answer];
  }
  return refusals;
}

test(
  'F09: on a full disk no token is released, what is known is told, and no restart is needed after',
  { skip },
  async (t) => {
    const fixture = await start(t);
    const { disk, gateway, token, tokens, introspect, pass, storePath } = fixture;
    await token();
    for (const refused of [...(await fillUp(fixture)), await token()]) {
      assert.equal(refused.status, 503, refused.text);
      assert.equal(refused.json()['error'], 'temporarily_unavailable');
      assert.equal(refused.headers['retry-after'], '1');
      assert.ok(!refused.text.includes('access_token'));
    }
    await gateway.logged(({ reason }) => reason === 'store_unavailable');

    const bound = { 'x5t#S256': gateway.client.thumbprint };
    const confirmations = async (): Promise<readonly unknown[]> =>
      Promise.all(tokens.map(async (held) => (await introspect(held)).json()['cnf']));
    assert.deepEqual(
      await confirmations(),
      tokens.map(() => bound),
    );
    assert.equal((await pass()).status, 401, 'the answer of the server');

    disk.free();
    let answer = await token();
    while (answer.status === 503) answer = await token();
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(
      await confirmations(),
      tokens.map(() => bound),
    );
    await gateway.close();
    const database = new DatabaseSync(storePath, { readOnly: true });
    t.after(() => database.close());
    assert.equal(database.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok');
  },
);

test(
  'F07: a refresh that the store can not take leaves the refresh token, which is then good once',
  { skip },
  async (t) => {
    const fixture = await start(t);
    const { disk, ask, introspect, gateway } = fixture;
    const login = await ask({ grant_type: 'password', username: 'admin', password: 'admin' });
    let held = String(login.json()['refresh_token']);
    const refresh = () => ask({ grant_type: 'refresh_token', refresh_token: held });
    await fillUp(fixture);
    for (let count = 0; count < 20; count += 1) {
      disk.fill();
      const answer = await refresh();
      if (answer.status === 503) continue;
      // It was promised room before the server was asked, and had it.
      assert.equal(answer.status, 200, answer.text);
      held = String(answer.json()['refresh_token']);
    }

    disk.free();
    let answer = await refresh();
    while (answer.status === 503) answer = await refresh();
    assert.equal(answer.status, 200, answer.text);
    const { cnf } = (await introspect(String(answer.json()['access_token']))).json();
    assert.deepEqual(cnf, { 'x5t#S256': gateway.client.thumbprint });
    const again = await refresh();
    assert.deepEqual([again.status, again.json()['error']], [400, 'invalid_grant']);
  },
);

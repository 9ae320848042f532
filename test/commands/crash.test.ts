import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { basic, postForm } from '../support/https-client.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { folderWith, serveCertbound } from './run-certbound.ts';
import type { Served } from './run-certbound.ts';

const REQUESTS = 20;
/** How many tokens the server has issued when the gateway is killed. */
const KILLED_AT = [1, 8, 15];

interface Gateway extends Served {
  readonly port: number;
}

/** The program as a process of its own, over the store in the folder. */
async function start(t: TestContext, folder: string): Promise<Gateway> {
  const served = serveCertbound(t, ['start'], { folder, timeoutMs: 60_000 });
  const line = /^.*"listener":"public".*"port":(\d+).*"msg":"listening".*$/m;
  const printed = await served.printed(line);
  return { ...served, port: Number(line.exec(printed)?.[1]) };
}

test('F06: a gateway killed between the issue of a token and its binding leaves none that can be used unbound', async (t) => {
  const authority = await createAuthority({ name: 'Test CA' });
  const server = await authority.issue({
    subject: 'CN=localhost',
    san: { dns: ['localhost'], ip: ['127.0.0.1'] },
    eku: ['serverAuth'],
  });
  const client = await selfSigned({ subject: 'CN=client' });
  const issued: string[] = [];
  let onIssue = (): void => {};
  const upstream = await startRecordingUpstream(({ url }, response) => {
    response.setHeader('content-type', 'application/json');
    if (url !== '/oauth2/token') return void response.end('{"active":true}');
    const token = `token-${issued.length}`;
    issued.push(token);
    // The answer is on its way when the gateway dies: before it arrives, or after it was bound.
    response.end(JSON.stringify({ access_token: token, expires_in: 600 }), () => onIssue());
  });
  t.after(() => upstream.close());
  const folder = await folderWith(t, {
    'ca.pem': authority.certificatePem,
    'server.pem': server.certificatePem,
    'server-key.pem': server.privateKeyPem,
    'client.pem': client.certificatePem,
    'config.yaml': `
listeners:
  - {address: "127.0.0.1:0", certificate: server.pem, private_key: server-key.pem, client_ca: [ca.pem]}
management: {address: "127.0.0.1:0"}
store: {path: data/store.sqlite}
token_service: {upstream: {url: '${upstream.url}'}}
clients:
  - client_id: self-signed
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    upstream: {client_secret: kept}
`,
  });
  const ca = authority.certificatePem;
  const askToken = async ({ port }: Gateway): Promise<string | undefined> => {
    const form = { grant_type: 'client_credentials', client_id: 'self-signed' };
    try {
      const answer = await postForm({ port, ca, path: '/oauth2/token', form, ...client });
      return answer.status === 200 ? String(answer.json()['access_token']) : undefined;
    } catch {
      // Nobody was there to answer.
      return undefined;
    }
  };

  const released: string[] = [];
  for (const killedAt of KILLED_AT) {
    const gateway = await start(t, folder);
    const before = issued.length;
    onIssue = () => {
      if (issued.length - before >= killedAt) gateway.child.kill('SIGKILL');
    };
    const answers = await Promise.all(Array.from({ length: REQUESTS }, () => askToken(gateway)));
    await gateway.ended;
    released.push(...answers.filter((token) => token !== undefined));
    assert.ok(answers.includes(undefined), 'it died in the middle');
  }

  const { port } = await start(t, folder);
  const confirmed: string[] = [];
  for (const token of issued) {
    const headers = [basic('rs', 'secret')];
    const found = await postForm({
      port,
      ca,
      path: '/oauth2/introspect',
      headers,
      form: { token },
    });
    const { active, cnf } = found.json();
    if (active === true) {
      assert.deepEqual(cnf, { 'x5t#S256': client.thumbprint }, token);
      confirmed.push(token);
    }
  }
  assert.ok(issued.length > released.length);
  for (const token of released) assert.ok(confirmed.includes(token), `${token} lost its binding`);
});

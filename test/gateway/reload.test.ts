/** A gateway that gets another configuration while it serves. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { Agent } from 'node:https';
import { createServer } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { eventually } from '../support/eventually.ts';
import { basic, httpsRequest, postForm } from '../support/https-client.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import { EMBEDDED, startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture, GatewayOptions } from '../support/running-gateway.ts';

async function start(t: TestContext, options: Partial<GatewayOptions> = {}) {
  const gateway = await startGateway({ yaml: EMBEDDED, ...options });
  t.after(gateway.close);
  return gateway;
}

function tokenAs(gateway: GatewayFixture, clientId = 'self-signed', certificate = gateway.client) {
  const { port, ca } = gateway;
  const form = { grant_type: 'client_credentials', client_id: clientId };
  return postForm({ port, path: '/oauth2/token', ca, ...certificate, form });
}

async function reloadNow(gateway: GatewayFixture, changes: Partial<GatewayOptions> = {}) {
  await gateway.configure(changes);
  return gateway.running.reload();
}

const ANOTHER = `
  - client_id: another
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [another.pem]
`;

test('a client that is added is known, one that is removed is not, and tokens live on', async (t) => {
  const another = await selfSigned();
  const gateway = await start(t, { files: { 'another.pem': another.certificatePem } });
  const { access_token: token } = (await tokenAs(gateway)).json();
  assert.equal((await tokenAs(gateway, 'another', another)).status, 401);
  const outcome = await reloadNow(gateway, { yaml: EMBEDDED + ANOTHER });
  assert.deepEqual(outcome, {
    outcome: 'reloaded',
    generation: 2,
    changed: ['clients.another'],
    weaker: [],
  });
  assert.equal((await tokenAs(gateway, 'another', another)).status, 200);
  const { port, ca } = gateway;
  const introspect = () =>
    postForm({
      port,
      path: '/oauth2/introspect',
      ca,
      headers: [basic('resource-server', 'rs-secret')],
      form: { token: String(token) },
    });
  assert.equal((await introspect()).json()['active'], true);
  await reloadNow(gateway);
  assert.equal((await tokenAs(gateway, 'another', another)).status, 401);
  assert.equal((await tokenAs(gateway)).status, 200);
  assert.equal((await introspect()).json()['active'], true);
});

test('a connection that is kept meets the new clients at its next request', async (t) => {
  const gateway = await start(t);
  const { port, ca, client } = gateway;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const ask = () =>
    postForm({
      port,
      path: '/oauth2/token',
      ca,
      ...client,
      agent,
      form: { grant_type: 'client_credentials', client_id: 'self-signed' },
    });
  assert.equal((await ask()).status, 200);
  const without = EMBEDDED.replace('certificates: [client.pem]', 'certificates: [ca.pem]');
  await reloadNow(gateway, { yaml: without });
  const refused = await ask();
  assert.equal(refused.status, 401);
  const handshakes = gateway.log().filter(({ event }) => event === 'handshake_completed');
  assert.ok(handshakes.length <= 1);
});

test('T16: a configuration with a mistake changes nothing, and is told with its place', async (t) => {
  const gateway = await start(t);
  await gateway.write('config.yaml', 'listeners: [\n');
  assert.equal((await gateway.running.reload()).outcome, 'refused');
  await gateway.configure({ yaml: `${EMBEDDED}\nclienst: []\n` });
  const outcome = await gateway.running.reload();
  assert.equal(outcome.outcome, 'refused');
  const [problem] = 'problems' in outcome ? outcome.problems : [];
  assert.match(problem?.place ?? '', /config\.yaml:\d+:\d+$/);
  assert.match(problem?.text ?? '', /clienst|clients/);
  assert.equal((await tokenAs(gateway)).status, 200);
  await gateway.logged(({ msg }) => String(msg).startsWith('reload refused'));
  const metrics = await gateway.metrics();
  assert.match(metrics, /^certbound_config_last_reload_successful 0$/m);
  assert.match(metrics, /^certbound_config_reloads_total\{outcome="refused"\} 2$/m);
  assert.match(metrics, /^certbound_config_info\{generation="1",hash="[0-9a-f]{16}"\} 1$/m);
});

for (const [what, text] of [
  ['empty', ''],
  ['garbage', 'no certificate'],
  ['half written', '-----BEGIN CERTIFICATE-----\nMIIB'],
  ['with a first block that is corrupt', 'FIRST'],
] as const) {
  test(`T16: a trust file that is ${what} changes nothing`, async (t) => {
    const gateway = await start(t);
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    await gateway.write('ca.pem', text === 'FIRST' ? broken + gateway.ca : text);
    const outcome = await gateway.running.reload();
    assert.equal(outcome.outcome, 'refused');
    assert.match(JSON.stringify(outcome), /ca\.pem/);
    assert.equal((await tokenAs(gateway, 'pki', gateway.pkiClient)).status, 200);
    assert.match(await gateway.metrics(), /^certbound_config_last_reload_successful 0$/m);
    await gateway.write('ca.pem', gateway.ca);
    assert.equal((await gateway.running.reload()).outcome, 'reloaded');
    assert.match(await gateway.metrics(), /^certbound_config_last_reload_successful 1$/m);
  });
}

test('what needs a restart is refused by name, and nothing else of the configuration comes into force', async (t) => {
  const another = await selfSigned();
  const gateway = await start(t, { files: { 'another.pem': another.certificatePem } });
  const yaml = `${EMBEDDED.replace('https://localhost:9443', 'https://login.example')}${ANOTHER}`;
  const outcome = await reloadNow(gateway, { yaml, store: 'max_records: 7' });
  assert.equal(outcome.outcome, 'refused');
  const problems = 'problems' in outcome ? outcome.problems : [];
  assert.deepEqual(
    problems.map(({ key }) => key),
    ['store', 'token_service.embedded.issuer'],
  );
  for (const { place, text } of problems) {
    assert.match(place, /config\.yaml:\d+:\d+$/);
    assert.match(text, /restart/);
  }
  assert.equal((await tokenAs(gateway, 'another', another)).status, 401);
  assert.equal((await tokenAs(gateway)).status, 200);
});

test('an address that can not be opened changes nothing, and what was opened before it is closed', async (t) => {
  const gateway = await start(t);
  const taken = createServer().listen(0, '127.0.0.1');
  t.after(() => taken.close());
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const listener = (name: string, address: string, extra = ''): string => `
  - name: ${name}
    address: ${address}
    certificate: server.pem
    private_key: server-key.pem
    client_ca: [ca.pem]
${extra}`;
  // The thread that reads stays for a while.
  await gateway.running.reload();
  const open = readdirSync('/proc/self/fd').length;
  const outcome = await reloadNow(gateway, {
    listeners: `listeners:${listener('public', '127.0.0.1:0', '    client_certificate: require\n')}${listener('free', '127.0.0.1:0')}${listener('taken', `127.0.0.1:${port}`)}`,
  });
  assert.equal(outcome.outcome, 'failed');
  assert.match(JSON.stringify(outcome), /in use/);
  assert.ok(readdirSync('/proc/self/fd').length <= open);
  assert.equal(gateway.ports.length, 1);
  const { port: same, ca } = gateway;
  assert.equal((await httpsRequest({ port: same, ca, path: '/oauth2/jwks' })).status, 200);
});

test('listeners come and go, and a port that stays is never closed', async (t) => {
  const gateway = await start(t);
  const { port: first, ca } = gateway;
  const two = `listeners:
  - {name: public, address: '127.0.0.1:0', certificate: server.pem, private_key: server-key.pem, client_ca: [ca.pem], client_certificate: require}
  - {name: second, address: '127.0.0.1:0', certificate: server.pem, private_key: server-key.pem, client_ca: [ca.pem], client_certificate: 'off'}
`;
  const jwks = (port: number) => httpsRequest({ port, ca, path: '/oauth2/jwks' });
  assert.equal((await jwks(first)).status, 200);
  assert.equal((await reloadNow(gateway, { listeners: two })).outcome, 'reloaded');
  const [same, second = 0] = gateway.ports;
  assert.equal(same, first);
  assert.equal((await jwks(first)).status, 400, 'a certificate is demanded now');
  assert.equal((await jwks(second)).status, 200);
  assert.match(await gateway.metrics(), /certbound_connections\{listener="second"\}/);
  assert.equal((await reloadNow(gateway)).outcome, 'reloaded');
  assert.deepEqual(gateway.ports, [first]);
  await gateway.logged(({ msg }) => msg === 'no longer listening');
  // What has come until the socket closes is served.
  await eventually(() => assert.rejects(jwks(second), { code: 'ECONNREFUSED' }));
  assert.equal((await jwks(first)).status, 200);
  const metrics = await gateway.metrics();
  assert.doesNotMatch(metrics, /certificate_not_after_timestamp_seconds\{[^}]*second/);
});

test('a connection without certificate is refused where one is demanded since', async (t) => {
  const gateway = await start(t);
  const { port, ca } = gateway;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const jwks = () => httpsRequest({ port, ca, path: '/oauth2/jwks', agent });
  assert.equal((await jwks()).status, 200);
  await reloadNow(gateway, { listener: '    client_certificate: require\n' });
  assert.equal((await jwks()).status, 400);
});

test('a reload that weakens a policy says so in its answer and in the log', async (t) => {
  const gateway = await start(t, {
    listener: '    client_certificate: require\n    revocation: soft\n',
  });
  const other = await createAuthority({ name: 'Other CA' });
  await gateway.write('both.pem', gateway.ca + other.certificatePem);
  const outcome = await reloadNow(gateway, { listener: '', clientCa: 'both.pem' });
  assert.equal(outcome.outcome, 'reloaded');
  const weaker = 'weaker' in outcome ? outcome.weaker : [];
  const [mode, ca, revocation, ...more] = weaker;
  assert.equal(mode, 'listeners.public.client_certificate: require became want');
  assert.match(ca ?? '', /^listeners\.public\.client_ca: [0-9a-f]{16} was added$/);
  assert.equal(revocation, 'listeners.public.revocation: soft became off');
  assert.deepEqual(more, []);
  for (const what of weaker) await gateway.logged((line) => line['what'] === what);
});

test('reloads that are asked for while one waits are one', async (t) => {
  const gateway = await start(t);
  const { running } = gateway;
  const prepared = await running.prepareReload();
  assert.equal(prepared.outcome, 'prepared');
  const [a, b] = [running.reload(), running.reload()];
  assert.ok('commit' in prepared);
  await gateway.configure({ yaml: EMBEDDED.replace('rs-secret', 'other-secret') });
  prepared.commit();
  assert.equal(await a, await b);
  assert.equal((await a).outcome, 'reloaded');
  assert.match(JSON.stringify(await a), /clients\.resource-server/);
  assert.match(await gateway.metrics(), /reloads_total\{outcome="reloaded"\} 2$/m);
});

test('a prepared reload that is given up changes nothing', async (t) => {
  const another = await selfSigned();
  const gateway = await start(t, { files: { 'another.pem': another.certificatePem } });
  await gateway.configure({ yaml: EMBEDDED + ANOTHER });
  const prepared = await gateway.running.prepareReload();
  assert.ok('abort' in prepared);
  await prepared.abort();
  assert.equal((await tokenAs(gateway, 'another', another)).status, 401);
  assert.equal(prepared.commit().outcome, 'failed');
  assert.equal((await gateway.running.reload()).outcome, 'reloaded');
  assert.equal((await tokenAs(gateway, 'another', another)).status, 200);
});

test('a stop gives up what is prepared, and no reload follows', async () => {
  const gateway = await startGateway({ yaml: EMBEDDED });
  const prepared = await gateway.running.prepareReload();
  await gateway.close();
  assert.ok('commit' in prepared);
  assert.equal(prepared.commit().outcome, 'failed');
  assert.equal((await gateway.running.reload()).outcome, 'failed');
});

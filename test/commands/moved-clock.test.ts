import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { basic } from '../support/https-client.ts';
import { createLoadClient } from '../support/load-client.ts';
import type { LoadAnswer, LoadClient, LoadRequest } from '../support/load-request.ts';
import { createMovedClock, withoutMovedClock } from '../support/moved-clock.ts';
import type { MovedClock } from '../support/moved-clock.ts';
import { createAuthority, HOUR_MS, selfSigned } from '../support/pki.ts';
import { folderWith, serveCertbound } from './run-certbound.ts';
import type { Served } from './run-certbound.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;
const DAY_MS = 24 * HOUR_MS;

const CONFIG = `
listeners:
  - address: 127.0.0.1:0
    certificate: server.pem
    private_key: server-key.pem
    client_ca: [ca.pem]
token_service:
  embedded:
    issuer: https://localhost:9443
    access_token_lifetime: 30m
    introspection_callers: [resource-server]
clients:
  - client_id: lasting
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [lasting.pem]
  - client_id: signed
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [lasting.pem]
    access_token_format: jwt
    audience: [https://api.test]
  - client_id: brief
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [brief.pem]
  - client_id: resource-server
    token_endpoint_auth_method: client_secret_basic
    client_secret: rs-secret
    grant_types: []
rate_limits:
  per_address: [{paths: [/limited], rate: 2/h}]
overload: {max_event_loop_delay: 10m}
store: {engine: memory}
`;

interface World {
  readonly clock: MovedClock;
  readonly served: Served;
  /** Its certificate is valid for years. */
  readonly lasting: LoadClient;
  /** Its certificate is valid for a day. */
  readonly brief: LoadClient;
}

async function start(t: TestContext): Promise<World> {
  const clock = createMovedClock((clean) => t.after(clean));
  const now = Date.now();
  const years = { notBefore: now - 2 * DAY_MS, notAfter: now + 800 * DAY_MS };
  const authority = await createAuthority();
  const [server, lasting, brief] = await Promise.all([
    authority.issue({
      ...years,
      subject: 'CN=localhost',
      san: { dns: ['localhost'] },
      eku: ['serverAuth'],
    }),
    selfSigned(years),
    selfSigned({ notBefore: now - DAY_MS, notAfter: now + DAY_MS }),
  ]);
  const folder = await folderWith(t, {
    'config.yaml': CONFIG,
    'ca.pem': authority.certificatePem,
    'server.pem': server.certificatePem,
    'server-key.pem': server.privateKeyPem,
    'lasting.pem': lasting.certificatePem,
    'brief.pem': brief.certificatePem,
  });
  const served = serveCertbound(t, ['start'], { folder, env: clock.env, timeoutMs: 600_000 });
  const line = /"listener":"public".*"port":(\d+).*"msg":"listening"/;
  const port = Number(line.exec(await served.printed(line))?.[1]);
  const clientWith = (client: typeof lasting): LoadClient => {
    const opened = createLoadClient({ port, ca: authority.certificatePem, client });
    t.after(opened.leave);
    return opened;
  };
  return { clock, served, lasting: clientWith(lasting), brief: clientWith(brief) };
}

const tokenRequest = (clientId: string): LoadRequest => ({
  path: '/oauth2/token',
  form: { grant_type: 'client_credentials', client_id: clientId },
});

interface Times {
  readonly iat: number;
  readonly exp: number;
}

async function issued(client: LoadClient, clientId: string): Promise<string> {
  const answer = await client.ask(tokenRequest(clientId));
  assert.equal(answer.status, 200, answer.text);
  return String(answer.json()['access_token']);
}

async function introspect(client: LoadClient, token: string): Promise<Record<string, unknown>> {
  const headers = Object.fromEntries([basic('resource-server', 'rs-secret')]);
  const answer = await client.ask({ path: '/oauth2/introspect', form: { token }, headers });
  assert.equal(answer.status, 200, answer.text);
  return answer.json();
}

/** Issues a token of each form; demands that they are good, and their times in order. */
async function issuesTokens({ lasting }: World, clockSeconds: number): Promise<string> {
  const opaque = await issued(lasting, 'lasting');
  const told = await introspect(lasting, opaque);
  assert.equal(told['active'], true);
  const [, payload = ''] = (await issued(lasting, 'signed')).split('.');
  const signed = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Times;
  for (const { iat, exp } of [told as unknown as Times, signed]) {
    assert.ok(exp > iat, `exp ${exp}, iat ${iat}`);
    // Minutes are allowed for slow machines: what is told apart are hours.
    assert.ok(Math.abs(iat - clockSeconds) < HOUR / 2, 'issued by the clock of the machine');
  }
  return opaque;
}

const clockAt = (offset: number): number => Date.now() / 1_000 + offset;
const limited = ({ lasting }: World): Promise<LoadAnswer> => lasting.ask({ path: '/limited' });

test(
  'F13: a clock that jumps changes what depends on validity, and no time limit, rate or connection',
  { skip: withoutMovedClock },
  async (t) => {
    const world = await start(t);
    const { clock, lasting, brief, served } = world;
    for (const status of [404, 404, 429]) assert.equal((await limited(world)).status, status);
    let held = await issuesTokens(world, clockAt(0));
    await issued(brief, 'brief');

    const steps = [
      { name: 'an hour ahead', offset: HOUR, isHeldActive: false, briefStatus: 200 },
      { name: 'an hour back', offset: -HOUR, isHeldActive: undefined, briefStatus: 200 },
      { name: '400 days ahead', offset: 400 * DAY, isHeldActive: false, briefStatus: 401 },
      { name: 'right again', offset: 0, isHeldActive: undefined, briefStatus: 200 },
      { name: 'five seconds back', offset: -5, isHeldActive: true, briefStatus: 200 },
    ];
    for (const { name, offset, isHeldActive, briefStatus } of steps) {
      clock.set(offset);
      if (isHeldActive !== undefined) {
        assert.equal((await introspect(lasting, held))['active'], isHeldActive, name);
      }
      held = await issuesTokens(world, clockAt(offset));
      // On the connection that was open before, and on a new one.
      assert.equal((await brief.ask(tokenRequest('brief'))).status, briefStatus, name);
      brief.leave();
      assert.equal((await brief.ask(tokenRequest('brief'))).status, briefStatus, name);
      // Two requests an hour: an hour has not passed.
      assert.equal((await limited(world)).status, 429, name);
    }
    // Longer than `idle_timeout` by any clock but the one that counts.
    assert.equal(lasting.handshakes(), 1);
    assert.match(await served.printed(/certificate_expired/), /"reason":"certificate_expired"/);
  },
);

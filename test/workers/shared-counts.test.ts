import assert from 'node:assert/strict';
import { test } from 'node:test';

import { formatPasswordHash } from '../../src/users/password-hash.ts';
import { hashPassword } from '../../src/users/hash-password.ts';
import { INITIAL_TOKEN, manage, registered } from '../gateway/registering.ts';
import { httpsRequest, postForm } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import { servingWorkers } from './workers-gateway.ts';
import type { LogLine, WorkersGateway } from './workers-gateway.ts';

const WORKERS = 4;

const PEOPLE = `
    users_file: users
    password_grant: true
`;
const CLIENTS = `
  - client_id: app
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    grant_types: [password]
`;

async function startWithUsers(t: Parameters<typeof servingWorkers>[0]): Promise<WorkersGateway> {
  const users = `alice:${formatPasswordHash(await hashPassword('right'))}\n`;
  return servingWorkers(t, {
    workers: WORKERS,
    service: PEOPLE,
    clients: CLIENTS,
    files: { users },
  });
}

function logIn({ port, ca, client }: WorkersGateway, password: string): Promise<ClientAnswer> {
  const login = { grant_type: 'password', username: 'alice', password };
  return postForm({
    port,
    ca,
    path: '/oauth2/token',
    form: { client_id: 'app', ...login },
    ...client,
  });
}

function refusedFor(gateway: WorkersGateway, reason: string): readonly LogLine[] {
  return gateway.log().filter(({ reason: of }) => of === reason);
}

function workersOf(lines: readonly LogLine[]): number {
  return new Set(lines.map(({ worker }) => worker)).size;
}

test('the fifth wrong password makes the user wait, whichever worker it meets', async (t) => {
  const gateway = await startWithUsers(t);
  while (workersOf(refusedFor(gateway, 'user_attempts_exceeded')) < WORKERS) {
    assert.equal((await logIn(gateway, 'wrong')).status, 400);
  }
  // A wait may have ended meanwhile, and each that follows is longer; each for itself would look at 20.
  const looked = refusedFor(gateway, 'user_password_mismatch').length;
  assert.ok(looked >= 5 && looked <= 12, `${looked} passwords were looked at`);
});

test('passwords guessed at all workers at once are looked at no more than the workers have in hand', async (t) => {
  const gateway = await startWithUsers(t);
  const answers = await Promise.all(Array.from({ length: 80 }, () => logIn(gateway, 'wrong')));
  const looked = answers.filter(({ text }) => !text.includes('too many wrong passwords')).length;
  t.diagnostic(`${looked} passwords were looked at`);
  // Four that are free, and two at once in each; a word that is late lets one more pass.
  assert.ok(looked >= 5 && looked < 5 * WORKERS, `${looked} passwords were looked at`);
});

test('a registered client that is deleted is refused by every worker at once', async (t) => {
  const gateway = await servingWorkers(t, {
    service: '    registration: {initial_access_token_files: [initial.token]}',
    files: { 'initial.token': INITIAL_TOKEN },
  });
  // One round may be slow where the machine is.
  const rounds = [await roundOf(gateway), await roundOf(gateway), await roundOf(gateway)];
  t.diagnostic(`refused everywhere after ${rounds.join(', ')} ms`);
  assert.ok(Math.min(...rounds) < 2_500, 'no sooner than each forgets it by itself');
});

/** Milliseconds from the end of a client that both workers know to its refusal by both. */
async function roundOf(gateway: WorkersGateway): Promise<number> {
  const client = await registered(gateway, {
    token_endpoint_auth_method: 'client_secret_post',
    grant_types: ['client_credentials'],
  });
  const { port, ca } = gateway;
  const ask = (): Promise<ClientAnswer> =>
    postForm({
      port,
      ca,
      path: '/oauth2/token',
      form: {
        grant_type: 'client_credentials',
        client_id: client.clientId,
        client_secret: client.secret,
      },
    });
  const untilBothSay = async (status: number): Promise<void> => {
    const from = gateway.log().length;
    const said = (): readonly LogLine[] =>
      gateway
        .log()
        .slice(from)
        .filter((line) => line['status'] === status);
    while (workersOf(said()) < 2) await ask();
  };
  await untilBothSay(200);
  assert.equal((await manage(gateway, 'DELETE', client)).status, 204);
  const since = performance.now();
  await untilBothSay(401);
  return Math.round(performance.now() - since);
}

test('requests are counted by all workers together', async (t) => {
  const more = `
rate_limits:
  per_address:
    - rate: 10/h
`;
  const gateway = await servingWorkers(t, { workers: WORKERS, more });
  const path = '/oauth2/jwks';
  const { port, ca } = gateway;
  const refused = (): readonly LogLine[] => refusedFor(gateway, 'rate_exceeded');
  while (workersOf(refused()) < WORKERS) await httpsRequest({ port, ca, path });
  const served = gateway.log().filter(({ msg, status }) => msg === 'request' && status === 200);
  assert.ok(served.length >= 10 && served.length < 20, `${served.length} were served`);
});

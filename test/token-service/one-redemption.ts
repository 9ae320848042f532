/** Many redemptions of one refresh token at once, at gateways over one store. */

import assert from 'node:assert/strict';

import type { GatewayProcess, Installation } from '../support/gateway-process.ts';

const PARALLEL = 200;

/**
 * In each round exactly one redemption succeeds and the login is over, here and after a restart.
 *
 * Returns how many of the others were refused, which is all of them.
 */
export async function redeemInParallel(
  { start }: Installation,
  { rounds, gateways = 2 }: { readonly rounds: number; readonly gateways?: number },
): Promise<{ readonly refused: number }> {
  const startAll = async (): Promise<readonly [GatewayProcess, GatewayProcess]> => {
    const one = await start();
    return [one, gateways === 1 ? one : await start()];
  };
  let processes = await startAll();
  let refused = 0;
  let last: Tokens | undefined;
  for (let round = 0; round < rounds; round += 1) {
    const [one, two] = processes;
    const first = await login(one);
    const answers = await Promise.all(
      Array.from({ length: PARALLEL }, (_, index) =>
        refresh(index % 2 === 0 ? one : two, first.refreshToken),
      ),
    );
    const won = answers.filter(({ status }) => status === 200);
    assert.equal(won.length, 1, `${won.length} redemptions succeeded in round ${round}`);
    for (const answer of answers) {
      if (answer.status === 200) continue;
      assert.deepEqual(
        [answer.status, answer.json()['error']],
        [400, 'invalid_grant'],
        answer.text,
      );
      refused += 1;
    }
    last = tokensOf(won[0]?.json() ?? {});
    for (const each of processes) {
      for (const tokens of [first, last]) {
        assert.equal(await isActive(each, tokens.accessToken), false);
        assert.equal((await refresh(each, tokens.refreshToken)).status, 400);
      }
    }
  }

  const untouched = await login(processes[0]);
  await Promise.all(processes.map((each) => each.kill()));
  processes = await startAll();
  assert.equal((await refresh(processes[0], last?.refreshToken ?? '')).status, 400);
  assert.equal(await isActive(processes[0], untouched.accessToken), true);
  const answer = await refresh(processes[1], untouched.refreshToken);
  assert.equal(answer.status, 200, answer.text);
  const next = tokensOf(answer.json());
  assert.equal((await refresh(processes[0], untouched.refreshToken)).status, 400);
  assert.equal(await isActive(processes[1], next.accessToken), false, 'reuse ends the login');
  await Promise.all(processes.map((each) => each.kill()));
  return { refused };
}

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

function tokensOf(json: Readonly<Record<string, unknown>>): Tokens {
  return {
    accessToken: String(json['access_token']),
    refreshToken: String(json['refresh_token']),
  };
}

async function login(gateway: GatewayProcess): Promise<Tokens> {
  const form = { grant_type: 'password', username: 'alice', password: 'right' };
  const answer = await gateway.ask('/oauth2/token', form);
  assert.equal(answer.status, 200, answer.text);
  return tokensOf(answer.json());
}

function refresh(gateway: GatewayProcess, token: string) {
  return gateway.ask('/oauth2/token', { grant_type: 'refresh_token', refresh_token: token });
}

async function isActive(gateway: GatewayProcess, token: string): Promise<unknown> {
  return (await gateway.ask('/oauth2/introspect', { token })).json()['active'];
}

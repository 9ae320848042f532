/** The program killed again and again while it issues tokens; nothing that it answered may be lost. */

import assert from 'node:assert/strict';

import type { ClientAnswer } from '../support/https-client.ts';
import type { GatewayProcess, Installation } from '../support/gateway-process.ts';

/** Clients that renew a login each, one redemption after the other. */
const LOGINS = 6;
/** Clients that ask for tokens of their own. */
const MACHINES = 4;
/** Answers before the kill; the number changes from round to round, and with it where it hits. */
const LEAST_ANSWERS = 15;
const MOST_ANSWERS = 45;

export interface CrashResult {
  readonly accessTokens: number;
  readonly redemptions: number;
  /** Redemptions that the kill left without an answer, and of those the ones that stood. */
  readonly unanswered: number;
  readonly stood: number;
  /** Longest time from the start of the process to its first listener, in milliseconds. */
  readonly slowestStart: number;
}

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** What a client was told in one round. */
interface Acknowledged {
  readonly accessTokens: string[];
  readonly redeemed: string[];
}

/** One login, renewed from round to round. */
interface Chain {
  tokens: Tokens;
  /** Whether the last redemption was sent and not answered. */
  isUnanswered: boolean;
  /** In one round; a chain that stops early holds a successor that must be alive afterwards. */
  readonly mostRedemptions: number;
}

/** Starts, loads and kills the program `rounds` times, and asks the next one about all it answered. */
export async function crashRounds(
  { client, start }: Installation,
  rounds: number,
): Promise<CrashResult> {
  const result = { accessTokens: 0, redemptions: 0, unanswered: 0, stood: 0, slowestStart: 0 };
  const chains: Chain[] = [];
  let before: Acknowledged = { accessTokens: [], redeemed: [] };

  /** The process that came after the kill knows all of it. */
  async function verify(gateway: GatewayProcess): Promise<void> {
    const active = await Promise.all(
      before.accessTokens.map((token) => introspect(gateway, token)),
    );
    for (const { active: isActive, cnf } of active) {
      assert.equal(isActive, true, 'an acknowledged access token is gone');
      assert.deepEqual(cnf, { 'x5t#S256': client.thumbprint });
    }
    const used = await Promise.all(before.redeemed.map((token) => introspect(gateway, token)));
    assert.ok(
      used.every(({ active: isActive }) => isActive === false),
      'a redeemed token lives',
    );
    for (const [index, chain] of chains.entries()) {
      const { active: isActive } = await introspect(gateway, chain.tokens.refreshToken);
      if (chain.isUnanswered) {
        result.unanswered += 1;
        if (isActive !== true) result.stood += 1;
      } else {
        assert.equal(isActive, true, 'a successor is gone');
      }
      chain.isUnanswered = false;
      // Sending it again would be a replay (RFC 9700 section 4.14.2).
      if (isActive !== true) chains[index] = await login(gateway, index);
    }
    result.accessTokens += before.accessTokens.length;
    result.redemptions += before.redeemed.length;
  }

  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now();
    const gateway = await start();
    result.slowestStart = Math.max(result.slowestStart, performance.now() - started);
    await verify(gateway);
    while (chains.length < LOGINS) chains.push(await login(gateway, chains.length));

    const heard: Acknowledged = { accessTokens: [], redeemed: [] };
    const answers = LEAST_ANSWERS + ((round * 7) % (MOST_ANSWERS - LEAST_ANSWERS));
    let killed: Promise<void> | undefined;
    const count = (): void => {
      if (heard.accessTokens.length >= answers) killed ??= gateway.kill();
    };
    await Promise.all([
      ...chains.map((chain) => renew(gateway, chain, heard, count)),
      ...Array.from({ length: MACHINES }, () => collect(gateway, heard, count)),
    ]);
    await killed;
    before = heard;
  }
  const last = await start();
  await verify(last);
  await last.kill();
  return result;
}

/** Redeems until the process is gone, or as often as the chain does in one round. */
async function renew(
  gateway: GatewayProcess,
  chain: Chain,
  heard: Acknowledged,
  tell: () => void,
): Promise<void> {
  for (let count = 0; count < chain.mostRedemptions; count += 1) {
    chain.isUnanswered = true;
    const { refreshToken } = chain.tokens;
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
    const answer = await answered(gateway.ask('/oauth2/token', form));
    if (answer === undefined) return;
    assert.equal(answer.status, 200, answer.text);
    chain.isUnanswered = false;
    chain.tokens = tokensOf(answer);
    heard.redeemed.push(refreshToken);
    heard.accessTokens.push(chain.tokens.accessToken);
    tell();
  }
}

async function collect(
  gateway: GatewayProcess,
  heard: Acknowledged,
  count: () => void,
): Promise<void> {
  for (;;) {
    const form = { grant_type: 'client_credentials' };
    const answer = await answered(gateway.ask('/oauth2/token', form));
    if (answer === undefined) return;
    assert.equal(answer.status, 200, answer.text);
    heard.accessTokens.push(tokensOf(answer).accessToken);
    count();
  }
}

/** Undefined where the connection ended before the whole answer was there. */
async function answered(asked: Promise<ClientAnswer>): Promise<ClientAnswer | undefined> {
  return asked.catch(() => undefined);
}

async function login(gateway: GatewayProcess, index: number): Promise<Chain> {
  const form = { grant_type: 'password', username: 'alice', password: 'right' };
  const answer = await gateway.ask('/oauth2/token', form);
  assert.equal(answer.status, 200, answer.text);
  return {
    tokens: tokensOf(answer),
    isUnanswered: false,
    mostRedemptions: index % 2 === 0 ? 2 : Infinity,
  };
}

async function introspect(gateway: GatewayProcess, token: string) {
  return (await gateway.ask('/oauth2/introspect', { token })).json();
}

function tokensOf(answer: ClientAnswer): Tokens {
  const { access_token: accessToken, refresh_token: refreshToken } = answer.json();
  return { accessToken: String(accessToken), refreshToken: String(refreshToken) };
}

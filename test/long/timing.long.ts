import assert from 'node:assert/strict';
import { hash, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';

import { isSecretOf } from '../../src/clients/client-secret.ts';
import { EMBEDDED, startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

const COMPARISONS = 100_000;
/** Comparisons that one reading of the clock covers: a single one is shorter than its resolution. */
const PER_READING = 20;
const ROUNDS = 3;
/** |t| beyond this has p < 0.01, two-sided, with this many samples. */
const CRITICAL_T = 2.576;

const REQUESTS = 3_000;

interface Sample {
  readonly mean: number;
  readonly variance: number;
  readonly count: number;
}

function sampleOf(times: readonly number[]): Sample {
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  const squares = times.reduce((sum, time) => sum + (time - mean) ** 2, 0);
  return { mean, variance: squares / (times.length - 1), count: times.length };
}

/** Welch's t, as dudect has it (Reparaz, Balasch, Verbauwhede 2016), above the crop left out. */
function welch(first: readonly number[], second: readonly number[]): number {
  const all = [...first, ...second].toSorted((a, b) => a - b);
  const crop = all[Math.floor(all.length * 0.9)] ?? Infinity;
  const [a, b] = [first, second].map((times) => sampleOf(times.filter((time) => time <= crop)));
  assert.ok(a !== undefined && b !== undefined);
  return (a.mean - b.mean) / Math.sqrt(a.variance / a.count + b.variance / b.count);
}

/** Times two things in random order, so that what drifts is the same for both. */
function timeBoth(works: readonly [() => void, () => void], readings: number) {
  const times: readonly [number[], number[]] = [[], []];
  for (let reading = 0; reading < readings * 2; reading += 1) {
    const which = randomInt(2) as 0 | 1;
    const began = performance.now();
    for (let count = 0; count < PER_READING; count += 1) works[which]();
    times[which].push(performance.now() - began);
  }
  return times;
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0;
}

test('T47: a secret that is wrong in its first byte takes as long as one wrong in its last', (t) => {
  const secret = 'a'.repeat(43);
  const registered = { sha256: hash('sha256', secret, 'buffer') };
  const first = `b${secret.slice(1)}`;
  const last = `${secret.slice(1)}b`;
  const works = [
    () => void isSecretOf(first, registered),
    () => void isSecretOf(last, registered),
  ] as const;
  timeBoth(works, COMPARISONS / PER_READING);
  const values = Array.from({ length: ROUNDS }, () => {
    const [a, b] = timeBoth(works, COMPARISONS / PER_READING);
    const value = welch(a, b);
    const each = (1_000_000 * median(a)) / PER_READING;
    t.diagnostic(`t = ${value.toFixed(2)} over 2 x 10^5 comparisons of ${each.toFixed(0)} ns`);
    return value;
  });
  // By chance one of a hundred rounds differs so; three in a row do not.
  assert.ok(values.some((value) => Math.abs(value) < CRITICAL_T));
});

/** Milliseconds until the answer to a token request with this client is there. */
async function timeRequest(
  { port, ca }: GatewayFixture,
  { agent, clientId }: { readonly agent: Agent; readonly clientId: string },
): Promise<number> {
  const body = `grant_type=client_credentials&client_id=${clientId}&client_secret=wrong-secret`;
  const began = performance.now();
  const sent = request({
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    path: '/oauth2/token',
    method: 'POST',
    ca,
    agent,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': Buffer.byteLength(body),
    },
  });
  sent.end(body);
  const [answer] = await once(sent, 'response');
  answer.resume();
  await once(answer, 'end');
  assert.equal(answer.statusCode, 401);
  return performance.now() - began;
}

test('T47: an unknown client is refused within five per cent of the time of a wrong secret', async (t) => {
  const gateway = await startGateway({
    yaml: `${EMBEDDED}
  - client_id: known-one
    token_endpoint_auth_method: client_secret_post
    client_secret: right-secret
`,
  });
  t.after(() => gateway.close());
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const names = ['known-one', 'nobody-at'] as const;
  const measure = async () => {
    const times: readonly [number[], number[]] = [[], []];
    for (let count = 0; count < REQUESTS * 2; count += 1) {
      const which = randomInt(2) as 0 | 1;
      times[which].push(await timeRequest(gateway, { agent, clientId: names[which] }));
    }
    return times.map(median);
  };
  await measure();
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const [known = 0, unknown = 0] = await measure();
    ratios.push(unknown / known);
    const [a, b] = [known, unknown].map((time) => (time * 1_000).toFixed(0));
    t.diagnostic(`wrong secret ${a} us, unknown client ${b} us, medians of ${REQUESTS}`);
  }
  assert.ok(ratios.some((ratio) => Math.abs(ratio - 1) <= 0.05));
});

/** A gateway under load whose store server is away for some time. */

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

import { createLoadClient } from './load-client.ts';
import type { LoadTarget } from './load-client.ts';
import type { LoadFigures } from './load-figures.ts';
import type { LoadRequest } from './load-request.ts';
import { settingBefore } from './load-settings.ts';
import { startMixedLoad } from './mixed-load.ts';
import type { Availability } from './mixed-load.ts';
import { startPostgres, withoutPostgres } from './postgres-server.ts';
import { startRedis, withoutRedis } from './redis-server.ts';
import { startGateway } from './running-gateway.ts';

export const STORE_SERVERS = {
  redis: { skip: withoutRedis, start: startRedis },
  postgres: { skip: withoutPostgres, start: startPostgres },
} as const;

export interface OutageOptions {
  readonly engine: keyof typeof STORE_SERVERS;
  /** Answered before the store goes, and again after it has come back. */
  readonly requests: number;
  /** Resolves when the store may come back; gets how to wait for so many requests. */
  readonly outage: (more: (count: number) => Promise<void>) => Promise<void>;
}

export interface OutageOutcome {
  readonly figures: LoadFigures;
  /** From the start of the store to the moment that all kinds of requests are served again. */
  readonly recoveryMs: number;
  /** Answers to somebody with the token of another one. */
  readonly refusedThief: number;
  /** Answers at a path that needs no token. */
  readonly served: number;
}

/**
 * Demands that without the store whatever needs it is answered 503, that nobody ever passes with the
 * token of somebody else, and that a path which needs no token is served all the time.
 */
export async function storeOutage(t: TestContext, options: OutageOptions): Promise<OutageOutcome> {
  const store = await STORE_SERVERS[options.engine].start((clean) => t.after(clean));
  const { yaml, requests } = await settingBefore((clean) => t.after(clean));
  const gateway = await startGateway({
    yaml,
    store: `engine: ${options.engine}, url: '${store.url}'`,
  });
  t.after(() => gateway.close());
  let availability: Availability = 'there';
  const load = startMixedLoad(gateway, {
    clients: 4,
    requests,
    availability: () => availability,
  });
  await load.more(10);
  const thief = repeat({ ...gateway, client: gateway.stranger }, () => ({
    request: requests.passing(load.token()),
    statuses: [401, 503],
  }));
  const open = repeat(gateway, () => ({ request: { path: '/open' }, statuses: [200] }));

  await load.more(options.requests);
  availability = 'changing';
  await store.kill();
  availability = 'gone';
  await options.outage(load.more);
  availability = 'changing';
  await store.start();
  const startedAt = performance.now();
  await untilServed(gateway, [
    requests.token,
    requests.introspection?.(load.token()) ?? requests.token,
    requests.passing(load.token()),
  ]);
  const recoveryMs = Math.round(performance.now() - startedAt);
  availability = 'there';
  await load.more(options.requests);

  assert.deepEqual(await load.stop(), []);
  const [refusedThief, served] = [await thief.stop(), await open.stop()];
  return { figures: load.figures(), recoveryMs, refusedThief, served };
}

interface Repeated {
  /** Resolves to how many were answered; rejects at one that has another status. */
  stop(): Promise<number>;
}

interface Step {
  readonly request: LoadRequest;
  readonly statuses: readonly number[];
}

/** One request after the other. */
function repeat(target: LoadTarget, step: () => Step): Repeated {
  const client = createLoadClient(target);
  let isStopped = false;
  const run = async (): Promise<number> => {
    let answered = 0;
    for (; !isStopped; answered += 1) {
      const { request, statuses } = step();
      const { status } = await client.ask(request);
      assert.ok(statuses.includes(status), `${request.path} answered ${status}`);
    }
    client.leave();
    return answered;
  };
  const running = run();
  // It is told when it is asked for.
  running.catch(() => undefined);
  return {
    stop: () => {
      isStopped = true;
      return running;
    },
  };
}

/** Asks for each until it is answered 200. */
async function untilServed(target: LoadTarget, requests: readonly LoadRequest[]): Promise<void> {
  const client = createLoadClient(target);
  for (const request of requests) {
    while ((await client.ask(request)).status !== 200);
  }
  client.leave();
}

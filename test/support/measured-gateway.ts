/** A gateway that is a process of its own and tells what it holds, so that nobody else's is counted. */

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import type { LoadTarget } from './load-client.ts';
import type { GatewayOptions } from './running-gateway.ts';
import type { OnEnd } from './store-server.ts';

const CHILD = join(import.meta.dirname, 'measured-gateway-child.ts');

/** What a process holds after it has collected its garbage. */
export interface Held {
  readonly residentMegabytes: number;
  readonly heapMegabytes: number;
  readonly openFiles: number;
  /** Connections of clients, as the gateway counts them. */
  readonly connections: number;
  /** By how much the event loop was late since the last time, for all but one turn in a hundred. */
  readonly loopDelayMs: number;
}

/** What the parent asks, and the child answers. */
export type Asked = 'measure' | 'stop';
export type Told = { readonly serving: LoadTarget } | { readonly held: Held };

export interface MeasuredGateway extends LoadTarget {
  measure(): Promise<Held>;
  /** Stops it as SIGTERM does; resolves when its process has ended. */
  stop(): Promise<void>;
}

export async function startMeasuredGateway(
  onEnd: OnEnd,
  options: GatewayOptions,
): Promise<MeasuredGateway> {
  const child = fork(CHILD, [JSON.stringify(options)], { execArgv: ['--expose-gc'] });
  const gone = once(child, 'exit');
  const isOver = gone.then(([code]) => assert.fail(`the gateway ended with ${String(code)}`));
  isOver.catch(() => undefined);
  onEnd(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  const told = async (): Promise<Told> => {
    const [message] = (await Promise.race([once(child, 'message'), isOver])) as [Told];
    return message;
  };
  const ask = (asked: Asked): void => void child.send(asked);
  const first = await told();
  assert.ok('serving' in first);
  return {
    ...first.serving,
    measure: async () => {
      ask('measure');
      const answer = await told();
      assert.ok('held' in answer);
      return answer.held;
    },
    stop: async () => {
      ask('stop');
      const [code] = (await gone) as [number | null];
      assert.equal(code, 0);
    },
  };
}

/** A store whose operations are timed and counted. */

import type { Store } from '../store/store.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

type Observe = Telemetry['metrics']['observeStore'];
type Tell = (result: Parameters<Observe>[1]) => void;

/** Does what the store does, and tells of each operation when it has settled. */
export function observedStore(store: Store, observe: Observe): Store {
  const begin = (operation: Parameters<Observe>[0]): Tell => {
    const started = performance.now();
    return (result) => observe(operation, result, (performance.now() - started) / 1_000);
  };
  const timed =
    <Arguments extends readonly unknown[], Result>(
      operation: Parameters<Observe>[0],
      run: (...args: Arguments) => Promise<Result>,
    ) =>
    (...args: Arguments): Promise<Result> =>
      told(begin(operation), run(...args));
  return {
    ...store,
    get: (space, key) => {
      const tell = begin('get');
      try {
        const found = store.get(space, key);
        if (found instanceof Promise) return told(tell, found);
        tell('ok');
        return found;
      } catch (error) {
        tell('failed');
        throw error;
      }
    },
    put: timed('put', store.put),
    delete: timed('delete', store.delete),
    findByTag: timed('find_by_tag', store.findByTag),
    deleteByTag: timed('delete_by_tag', store.deleteByTag),
    ping: timed('ping', store.ping),
    promise: timed('promise', store.promise),
  };
}

async function told<Result>(tell: Tell, settling: Promise<Result>): Promise<Result> {
  try {
    const result = await settling;
    tell('ok');
    return result;
  } catch (error) {
    tell('failed');
    throw error;
  }
}

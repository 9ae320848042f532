/** A store whose operations are timed and counted. */

import type { Store } from '../store/store.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** Does what the store does, and tells of each operation when it has settled. */
export function observedStore(store: Store, observe: Telemetry['metrics']['observeStore']): Store {
  type Operation = Parameters<typeof observe>[0];
  const timed =
    <Arguments extends readonly unknown[], Result>(
      operation: Operation,
      run: (...args: Arguments) => Promise<Result>,
    ) =>
    async (...args: Arguments): Promise<Result> => {
      const started = performance.now();
      const tell = (result: 'ok' | 'failed'): void =>
        observe(operation, result, (performance.now() - started) / 1_000);
      try {
        const result = await run(...args);
        tell('ok');
        return result;
      } catch (error) {
        tell('failed');
        throw error;
      }
    };
  return {
    ...store,
    get: timed('get', store.get),
    put: timed('put', store.put),
    delete: timed('delete', store.delete),
    findByTag: timed('find_by_tag', store.findByTag),
    deleteByTag: timed('delete_by_tag', store.deleteByTag),
    ping: timed('ping', store.ping),
    promise: timed('promise', store.promise),
  };
}

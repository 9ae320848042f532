/** Changes the signing keys of the embedded service in the store, beside the processes that run. */

import type { Material } from '../config/check.ts';
import type { Config, EmbeddedConfig } from '../config/schema.ts';
import { StartError } from '../errors.ts';
import type { KeyPolicy } from '../token-service/keys/key-ring.ts';
import { rotateKeyRing } from '../token-service/keys/stored-keys.ts';
import { openStore } from './store.ts';

export interface RotateKeysOptions {
  readonly material: Material;
  /** New keys at once, and no others. */
  readonly isLeaked: boolean;
  readonly warn: (text: string) => void;
}

/** Returns how the configuration has it. */
export function keyPolicy({ signing_keys: keys }: EmbeddedConfig): KeyPolicy {
  return {
    algorithms: keys.algorithms,
    rotateEveryMs: keys.rotate_every,
    publishBeforeMs: keys.publish_before,
    keepMs: keys.keep,
  };
}

/**
 * Returns when the next keys sign, in milliseconds since the epoch.
 *
 * @throws StartError without an embedded service or a store that others share; StoreError.
 */
export async function rotateKeys(
  config: Config,
  { material, isLeaked, warn }: RotateKeysOptions,
): Promise<number> {
  const { token_service: service } = config;
  if (!('embedded' in service)) throw new StartError('there is no embedded token service');
  if (config.store.engine === 'memory') {
    throw new StartError('store.engine is memory: a restart makes new keys');
  }
  const log = (_level: string, text: string): void => warn(text);
  const store = await openStore(config, { material, telemetry: { log } });
  try {
    const now = Math.floor(Date.now() / 1_000);
    const ring = await rotateKeyRing(store, keyPolicy(service.embedded), { now, isLeaked });
    return (ring.at(-1)?.signsFrom ?? now) * 1_000;
  } finally {
    await store.close();
  }
}

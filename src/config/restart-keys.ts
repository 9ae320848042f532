/** What a reload can't change: the process holds it for as long as it lives. */

import { isDeepStrictEqual } from 'node:util';

import type { Material } from './material.ts';
import type { KeyPath } from './positions.ts';
import type { Config } from './schema.ts';

export interface ConfigState {
  readonly config: Config;
  readonly material: Material;
}

interface Rule {
  readonly key: KeyPath;
  /** What must stay the same. */
  readonly of: (state: ConfigState) => unknown;
}

const RULES: readonly Rule[] = [
  { key: ['management', 'address'], of: ({ config }) => config.management.address },
  { key: ['management', 'token_file'], of: ({ material }) => material.managementToken },
  { key: ['workers'], of: ({ config }) => config.workers },
  { key: ['log'], of: ({ config }) => config.log },
  { key: ['overload'], of: ({ config }) => config.overload },
  { key: ['store'], of: ({ config }) => config.store },
  { key: ['store', 'ca'], of: ({ material }) => material.storeCaPems },
  {
    key: ['token_service', 'embedded', 'issuer'],
    of: ({ config: { token_service: service } }) =>
      'embedded' in service ? service.embedded.issuer : undefined,
  },
  {
    // Without records of its own the gateway has opened no store.
    key: ['token_service', 'upstream', 'token_binding', 'kept'],
    of: ({ material }) => material.sealingKeys.length > 0,
  },
];

/** Returns every key that could be among them. */
export function fixedKeys({ listeners }: Config): readonly KeyPath[] {
  return [...RULES.map(({ key }) => key), ...listeners.map((_, index) => nameKey(index))];
}

/** Returns the keys by which the configurations differ and that need a restart, each once. */
export function restartKeys(before: ConfigState, after: ConfigState): readonly KeyPath[] {
  const changed = RULES.filter(({ of }) => !isDeepStrictEqual(of(before), of(after)));
  return [...changed.map(({ key }) => key), ...renamedListeners(before.config, after.config)];
}

/** Connections carry the name of their listener; under another one they would have no rules. */
function renamedListeners(before: Config, after: Config): readonly KeyPath[] {
  return after.listeners.flatMap(({ name, address: { host, port } }, index) => {
    const there = before.listeners.find(
      ({ address }) => port !== 0 && address.host === host && address.port === port,
    );
    return there === undefined || there.name === name ? [] : [nameKey(index)];
  });
}

function nameKey(index: number): KeyPath {
  return ['listeners', index, 'name'];
}

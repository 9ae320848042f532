/** Whether the times of the signing keys fit together, and with the tokens that they sign. */

import type { KeyPath } from './positions.ts';
import type { Report } from './report.ts';
import type { EmbeddedConfig } from './schema.ts';

/** Every process reads the keys again within a minute. */
const SHORTEST_PUBLICATION_MS = 300_000;

/** Key sets that are longer are refused by some verifiers, and each key is looked at here. */
const MOST_GENERATIONS = 20;

export function checkSigningKeys(
  { signing_keys: keys, access_token_lifetime: tokenLifetimeMs }: EmbeddedConfig,
  keyPath: KeyPath,
  report: Report,
): void {
  const { algorithms, rotate_every: rotateMs, publish_before: publishMs, keep: keepMs } = keys;
  if (new Set(algorithms).size < algorithms.length) {
    report.add([...keyPath, 'algorithms'], 'names an algorithm twice');
  }
  if (publishMs < SHORTEST_PUBLICATION_MS) {
    report.add([...keyPath, 'publish_before'], 'must be at least 5m');
  }
  if (publishMs > rotateMs) {
    report.add([...keyPath, 'publish_before'], 'must not be longer than rotate_every');
  }
  if (keepMs < tokenLifetimeMs + SHORTEST_PUBLICATION_MS) {
    const text = 'must be longer than access_token_lifetime by at least 5m';
    report.add([...keyPath, 'keep'], text);
  }
  if (keepMs > rotateMs * MOST_GENERATIONS) {
    report.add([...keyPath, 'keep'], `must be at most ${MOST_GENERATIONS} times rotate_every`);
  }
}

/** Configuration texts for tests: the smallest one that loads, and how to load one. */

import { parseConfig } from '../../src/config/load.ts';
import type { LoadedConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/errors.ts';

/** Loads; names nine lines. */
export const MINIMAL = `listeners:
  - address: 127.0.0.1:9443
    certificate: certs/server.pem
    private_key: certs/server-key.pem
token_service:
  embedded:
    issuer: https://localhost:9443
`;

export function load(text: string, env: Record<string, string> = {}): LoadedConfig {
  return parseConfig(text, { file: 'config.yaml', baseDir: '/etc/certbound', env });
}

/** The messages of a configuration that does not load, one for each problem. */
export function problemsOf(text: string, env: Record<string, string> = {}): string[] {
  try {
    load(text, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.publicText.split('\n');
    throw error;
  }
  return [];
}

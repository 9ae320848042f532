/** The tokens with which clients register themselves. */

import type { Report } from './report.ts';
import type { EmbeddedConfig } from './schema.ts';
import { readSecretFile } from './secret-files.ts';

/** A token that can be sent (RFC 6750 section 2.1) and that nobody guesses. */
const TOKEN = /^[A-Za-z0-9._~+/-]{32,}=*$/;

/** Returns the tokens; no problem shows one. */
export async function readInitialAccessTokens(
  { registration }: EmbeddedConfig,
  report: Report,
): Promise<readonly string[]> {
  const files = registration?.initial_access_token_files ?? [];
  const keyPath = ['token_service', 'embedded', 'registration', 'initial_access_token_files'];
  const tokens = await Promise.all(
    files.map(async (file, index) => {
      const place = [...keyPath, index];
      const shown = report.shown(place, file);
      const outcome = await readSecretFile(file, shown);
      if ('problem' in outcome) {
        report.add(place, outcome.problem);
        return [];
      }
      if (TOKEN.test(outcome.secret)) return [outcome.secret];
      report.add(
        place,
        `${shown} holds no token of 32 or more letters, digits and -._~+/ (openssl rand -hex 32)`,
      );
      return [];
    }),
  );
  return tokens.flat();
}

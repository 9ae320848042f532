/** The users of the embedded token service, and which clients may ask for their passwords. */

import { parseUsersFile } from '../users/users-file.ts';
import type { User } from '../users/users-file.ts';
import { nameFile, readWholeFile } from './files.ts';
import type { KeyPath } from './positions.ts';
import type { Report } from './report.ts';
import type { Config, EmbeddedConfig } from './schema.ts';

const KEY_PATH: KeyPath = ['token_service', 'embedded'];

/** Returns the users of `users_file`; none where there is no file, or one that is refused. */
export async function readUsers(
  { users_file: path, password_grant: isOn }: EmbeddedConfig,
  config: Config,
  report: Report,
): Promise<readonly User[]> {
  config.clients.forEach(({ grant_types: grants }, index) => {
    const at = grants.indexOf('password');
    if (at === -1 || isOn) return;
    report.add(['clients', index, 'grant_types', at], 'needs password_grant: true');
  });
  if (path === undefined) {
    if (isOn) report.add([...KEY_PATH, 'password_grant'], 'needs users_file');
    return [];
  }
  const keyPath = [...KEY_PATH, 'users_file'];
  const shown = report.shown(keyPath, path);
  const outcome = await readWholeFile(path);
  if ('problem' in outcome) {
    report.add(keyPath, nameFile(shown, outcome.problem));
    return [];
  }
  const read = parseUsersFile(outcome.bytes.toString('utf8'));
  if ('users' in read) return read.users;
  report.add(keyPath, `${shown}:${read.problem.line}: ${read.problem.text}`);
  return [];
}

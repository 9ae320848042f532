/** Adds a user to a file of users, which stays as it is otherwise. */

import { ConfigError, StartError } from '../errors.ts';
import { hashPassword } from '../users/hash-password.ts';
import { formatPasswordHash } from '../users/password-hash.ts';
import { parseUsersFile } from '../users/users-file.ts';
import { nameFile, NO_SUCH_FILE, readWholeFile } from './files.ts';
import { createFile, replaceFile } from './replace-file.ts';

/**
 * Puts the user at the end of the file, or into a new one that its owner alone can read. The
 * password is asked for when nothing else stands in the way.
 *
 * @throws ConfigError where the file does not parse or the user is there already; StartError where
 *   it can't be read or written, or was changed meanwhile.
 */
export async function addUser(
  path: string,
  name: string,
  askPassword: () => Promise<string>,
): Promise<void> {
  const outcome = await readWholeFile(path);
  if ('problem' in outcome && outcome.problem !== NO_SUCH_FILE) {
    throw new StartError(nameFile(path, outcome.problem));
  }
  const before = 'bytes' in outcome ? outcome.bytes : undefined;
  const text = before?.toString('utf8') ?? '';
  const read = parseUsersFile(text);
  if ('problem' in read) {
    const { line, text: problem } = read.problem;
    throw new ConfigError([{ place: `${path}:${line}`, key: '', text: problem }]);
  }
  if (read.users.some((user) => user.name === name)) {
    throw new ConfigError([{ place: path, key: '', text: `the user "${name}" is there already` }]);
  }
  const hash = formatPasswordHash(await hashPassword(await askPassword()));
  const separator = text === '' || text.endsWith('\n') ? '' : '\n';
  const after = `${text}${separator}${name}:${hash}\n`;
  if (before === undefined) await createFile(path, after);
  else await replaceFile(path, { expected: before, text: after });
}

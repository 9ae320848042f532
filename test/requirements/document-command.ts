/** Command lines as the documents have them, run by the shell with the curl that is installed. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import type { GatewayFixture } from '../support/running-gateway.ts';
import type { Workshop } from '../support/workshop.ts';

export interface DocumentAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Runs a command in the folder, unchanged but for what is put behind it: where port 9443 is to be
 * found, and whom to believe unless the command has `-k`.
 */
export async function runDocumented(
  command: string,
  { port, ca }: Pick<GatewayFixture, 'port' | 'ca'>,
  { folder, write }: Workshop,
): Promise<DocumentAnswer> {
  const trust = command.startsWith('curl -k ') ? '' : ` --cacert ${write('server-ca.pem', ca)}`;
  const added = `--silent --show-error -i --connect-to localhost:9443:127.0.0.1:${port}${trust}`;
  const line = `${command.trimEnd()} ${added}`;
  const { stdout } = await promisify(execFile)('sh', ['-c', line], { cwd: folder });
  const [head = '', body = ''] = stdout.split('\r\n\r\n', 2);
  return {
    status: Number(/^HTTP\/\S+ (\d{3})/.exec(head)?.[1]),
    body: JSON.parse(body) as DocumentAnswer['body'],
  };
}

/** A line break of the page, with its indentation, is none of the command. */
export function withPageBreaksJoined(command: string): string {
  return command.replaceAll(/\n */g, '');
}

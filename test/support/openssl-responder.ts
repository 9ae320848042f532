/** An `openssl ocsp` that answers over the network. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

import type { Issued } from './pki.ts';
import { serialOf } from './revocation-list.ts';
import type { Workshop } from './workshop.ts';

export interface OpensslResponder {
  readonly port: number;
  stop(): Promise<void>;
}

/** A line of the list from which openssl answers: tab by tab, no name twice, as it wants it. */
export function indexOf(status: 'V' | 'R', { certificate }: Issued): string {
  const revoked = status === 'R' ? '260102030405Z,keyCompromise' : '';
  const serial = serialOf(certificate).toUpperCase();
  return `${[status, '491231235959Z', revoked, serial, 'unknown', `/CN=${serial}`].join('\t')}\n`;
}

/**
 * Answers for the CA by its own key, from what `index.txt` in the workshop says at its start.
 *
 * @param port 0 for a free one.
 */
export async function startOpensslResponder(
  t: TestContext,
  { folder, write }: Workshop,
  { authority, port = 0 }: { readonly authority: Issued; readonly port?: number },
): Promise<OpensslResponder> {
  write('ca.pem', authority.certificatePem);
  write('ca-key.pem', authority.privateKeyPem);
  const files = [
    '-index',
    'index.txt',
    '-CA',
    'ca.pem',
    '-rsigner',
    'ca.pem',
    '-rkey',
    'ca-key.pem',
  ];
  const child = spawn('openssl', ['ocsp', '-port', String(port), '-nmin', '5', ...files], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  t.after(() => child.kill());
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  // Read to the end: openssl stops when nobody takes what it prints.
  createInterface({ input: child.stdout }).on('line', (line) => {
    const bound = /ACCEPT .*:(\d+) /.exec(line)?.[1];
    if (bound !== undefined) resolve(Number(bound));
  });
  child.on('exit', () => reject(new Error('the responder ended')));
  const bound = await promise;
  return {
    port: bound,
    stop: async () => {
      const exit = once(child, 'exit');
      child.kill();
      await exit;
    },
  };
}

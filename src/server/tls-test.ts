/** Trying what the configuration relies on TLS for, before it does. */

import type { Config } from '../config/schema.ts';
import { testTls } from '../listener/tls-self-test.ts';

/** @throws StartError where TLS of this Node is not what is relied on. */
export async function testTlsFor(config: Config): Promise<void> {
  await testTls({ resumes: resumesSessions(config) });
}

/** Tries only what nothing was relied on for before. @throws StartError likewise. */
export async function testTlsAnew(before: Config, after: Config): Promise<void> {
  if (resumesSessions(after) && !resumesSessions(before)) await testTls({ resumes: true });
}

/** Whether any listener resumes the sessions of clients with certificates. */
function resumesSessions({ listeners }: Config): boolean {
  return listeners.some(({ session_resumption: mode }) => mode === 'on');
}

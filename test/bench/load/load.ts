/** Runs the generator on the core of the load. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import type { Load } from '../bench.ts';
import { LOAD_CORE } from '../program.ts';
import type { Job } from './job.ts';

const GENERATOR = fileURLToPath(new URL('generator.ts', import.meta.url));

/** @throws Error when an answer was not as expected. */
export async function runLoad(job: Job): Promise<Load> {
  const child = spawn('taskset', ['-c', String(LOAD_CORE), process.execPath, GENERATOR], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(job));
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (code !== 0) throw new Error(`the load on port ${job.port} failed`);
  return JSON.parse(output) as Load;
}

/** A whole request with keep-alive. */
export function requestText(
  method: 'GET' | 'POST',
  target: string,
  { fields = [], body = '' }: { readonly fields?: readonly string[]; readonly body?: string } = {},
): string {
  const lines = [
    `${method} ${target} HTTP/1.1`,
    'Host: localhost',
    ...fields,
    ...(body === ''
      ? []
      : ['Content-Type: application/x-www-form-urlencoded', `Content-Length: ${body.length}`]),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

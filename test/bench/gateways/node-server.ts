/** Servers of the benchmark that are scripts of Node beside this file. */

import process from 'node:process';
import { fileURLToPath } from 'node:url';

import type { Kit } from '../bench.ts';
import { MEASURED_CORE, freePort, startProgram } from '../program.ts';
import type { Gateway } from './gateway.ts';

/** Starts `script` with the arguments: port, folder of the certificates, and these. */
export async function startNodeServer(
  kit: Kit,
  name: string,
  script: string,
  ...more: readonly string[]
): Promise<Gateway> {
  const port = await freePort();
  const { folder } = kit.material;
  const path = fileURLToPath(new URL(script, import.meta.url));
  const program = await startProgram(
    [process.execPath, '--no-deprecation', path, String(port), folder, ...more],
    { core: MEASURED_CORE, folder, port, output: `${name}.log` },
  );
  kit.onDone(program.stop);
  return { name, port, program };
}

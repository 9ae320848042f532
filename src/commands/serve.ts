/** Serving a loaded configuration, from the check of its files to the end of the last request. */

import { checkConfig } from '../config/check.ts';
import type { Material } from '../config/check.ts';
import type { LoadedConfig } from '../config/load.ts';
import { EXIT } from './command.ts';
import type { ExitCode, Surroundings } from './command.ts';
import { demoGuide, shortenPath } from './demo-guide.ts';
import { makeDemoFiles } from './demo-files.ts';

export interface ServeOptions {
  /** The text that is printed once a demo serves; `port` is that of its first listener. */
  readonly guide: (loaded: LoadedConfig, material: Material, port: number) => string;
  /** How the reader renews expired demo files. */
  readonly remedy: string;
}

/**
 * Makes the demo's missing files, checks the configuration, serves it until the stop signal and
 * stops.
 *
 * @throws ConfigError, or StartError where the program can't serve.
 */
export async function serve(
  loaded: LoadedConfig,
  around: Surroundings,
  { guide = guideHere(around), remedy }: Partial<ServeOptions> = {},
): Promise<ExitCode> {
  // Before anything that takes time: a signal meanwhile must not find its default action.
  const stopSignal = around.stopSignal();
  await makeDemoFiles(loaded, around, remedy);
  const material = await checkConfig(loaded);
  const { startServer } = await import('../server/server.ts');
  const { config } = loaded;
  const server = await startServer({
    config,
    material,
    stdout: around.stdout,
    // https://no-color.org: any value but the empty one.
    coloured: (around.env['NO_COLOR'] ?? '') === '',
  });
  try {
    const [first] = server.listeners;
    if (config.demo !== undefined && first !== undefined) {
      around.stdout.write(guide(loaded, material, first.port));
    }
    await stopSignal;
  } finally {
    await server.stop();
  }
  return EXIT.ok;
}

function guideHere({ folder }: Surroundings): ServeOptions['guide'] {
  return (loaded, material, port) => {
    const certificates = shortenPath(loaded.config.demo?.certificates ?? '', folder);
    return demoGuide(loaded, material, { port, certificates });
  };
}

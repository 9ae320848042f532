/** Serving a loaded configuration, from the check of its files to the end of the last request. */

import { checkConfig } from '../config/check.ts';
import { recordConfig } from '../config/snapshot.ts';
import type { Material } from '../config/check.ts';
import type { ConfigText, LoadedConfig } from '../config/load.ts';
import { workerCount } from '../workers/worker-count.ts';
import { EXIT } from './command.ts';
import type { ExitCode, Surroundings } from './command.ts';
import { demoGuide, shortenPath } from './demo-guide.ts';
import { makeDemoFiles } from './demo-files.ts';

/** Where the configuration comes from, for a reload. */
export interface ReloadSource {
  /** @throws ConfigError */
  readonly load: () => Promise<ConfigText>;
  /** The file that it is read from, if it is one. */
  readonly file: string | undefined;
}

export interface ServeOptions {
  /** The text that is printed once a demo serves; `port` is that of its first listener. */
  readonly guide?: (loaded: LoadedConfig, material: Material, port: number) => string;
  /** How the reader renews expired demo files. */
  readonly remedy?: string;
  readonly reload: ReloadSource;
}

// Only what serves loads them.
const importServer = () => import('../server/server.ts');
const importWorkers = () => import('../workers/workers.ts');

export type Guide = NonNullable<ServeOptions['guide']>;

/**
 * Makes the demo's missing files, checks the configuration, serves it until the stop signal and
 * stops.
 *
 * @throws ConfigError, or StartError where the program can't serve.
 */
export async function serve(
  loaded: LoadedConfig,
  around: Surroundings,
  { reload, guide = guideHere(around), remedy }: ServeOptions,
): Promise<ExitCode> {
  // Before anything that takes time: a signal meanwhile must not find its default action.
  const stopSignal = around.stopSignal();
  await makeDemoFiles(loaded, around, remedy);
  const { loaded: recorded, snapshot } = recordConfig(loaded);
  const material = await checkConfig(recorded);
  const { config } = loaded;
  const options = {
    config,
    material,
    load: reload.load,
    file: reload.file,
    stdout: around.stdout,
    // https://no-color.org: any value but the empty one.
    coloured: (around.env['NO_COLOR'] ?? '') === '',
  };
  const count = workerCount(config);
  const workers =
    count > 1
      ? await (await importWorkers()).startWorkers({ ...options, snapshot, count })
      : undefined;
  const server = workers ?? (await (await importServer()).startServer(options));
  try {
    const [first] = server.listeners;
    if (config.demo !== undefined && first !== undefined) {
      around.stdout.write(guide(loaded, material, first.port));
    }
    around.onReloadSignal(server.reload);
    await Promise.race([stopSignal, ...(workers === undefined ? [] : [workers.failed])]);
  } finally {
    await server.stop();
  }
  return EXIT.ok;
}

function guideHere({ folder }: Surroundings): Guide {
  return (loaded, material, port) => {
    const certificates = shortenPath(loaded.config.demo?.certificates ?? '', folder);
    return demoGuide(loaded, material, { port, certificates });
  };
}

/** The demo in this process: the project's `config.yaml` on free ports, its files in a folder. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';

import { makeDemoFiles } from '../../src/commands/demo-files.ts';
import { checkConfig } from '../../src/config/check.ts';
import { parseConfig } from '../../src/config/load.ts';
import { startServer } from '../../src/server/server.ts';
import type { OnEnd } from './store-server.ts';

export interface DemoGateway {
  readonly port: number;
  /** As the folder of the project after a start: `certs/demo` is in it. */
  readonly folder: string;
  /** The environment in which curl finds `localhost:9443` at this gateway. */
  readonly env: Readonly<Record<string, string>>;
}

const CONFIG = new URL('../../config.yaml', import.meta.url);

/** @param changed makes another configuration of the text. */
export async function startDemo(
  onEnd: OnEnd,
  changed: (text: string) => string = (text) => text,
): Promise<DemoGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-demo-'));
  onEnd(() => rm(folder, { recursive: true, force: true }));
  const text = changed(await readFile(CONFIG, 'utf8')).replaceAll(
    /address: 127\.0\.0\.1:\d+/g,
    'address: 127.0.0.1:0',
  );
  const loaded = parseConfig(text, { file: 'config.yaml', baseDir: folder, env: {} });
  const unread = new PassThrough().resume();
  await makeDemoFiles(loaded, { stdout: unread, stderr: unread, folder });
  const material = await checkConfig(loaded);
  const server = await startServer({
    config: loaded.config,
    material,
    load: async () => loaded.source,
    stdout: unread,
  });
  onEnd(() => server.stop());
  const port = server.listeners[0]?.port ?? 0;
  await writeFile(join(folder, '.curlrc'), `connect-to = "localhost:9443:127.0.0.1:${port}"\n`);
  return { port, folder, env: { CURL_HOME: folder } };
}

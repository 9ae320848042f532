/** The thread that reads a configuration and its files, so that the event loop does not. */

import { parentPort } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';

import { crlBuffers } from '../../certificate/revocation/crl-buffers.ts';
import { ConfigError } from '../../errors.ts';
import type { ConfigProblem } from '../../errors.ts';
import { checkConfig } from '../check.ts';
import type { FileOutcome } from '../files.ts';
import { parseConfig } from '../load.ts';
import type { LoadedConfig } from '../load.ts';
import type { ClientMaterial, Material } from '../material.ts';
import { namedFiles } from '../paths.ts';
import { fixedKeys } from '../restart-keys.ts';
import { configOf } from '../snapshot.ts';
import { CLIENTS_AT_A_TIME } from './messages.ts';
import type { ClientsAnswer, ReadAnswer, ReadQuestion, ReadSource } from './messages.ts';

if (parentPort !== null) serve(parentPort);

function serve(port: MessagePort): void {
  let clients: readonly ClientMaterial[] = [];
  const answer = async (question: ReadQuestion): Promise<void> => {
    if (question.kind === 'clients') {
      port.postMessage(slice(clients, question.from));
      return;
    }
    const { answer: first, material } = await read(question.source);
    clients = material?.clients ?? [];
    port.postMessage(first, crlBuffers([...(material?.crls.values() ?? [])].flat()));
  };
  port.on('message', (question: ReadQuestion) => void answer(question));
}

async function read(
  source: ReadSource,
): Promise<{ readonly answer: ReadAnswer; readonly material?: Material }> {
  let named: readonly string[] = [];
  try {
    const loaded = loadedFrom(source);
    const { config } = loaded;
    named = namedFiles(config);
    const material = await checkConfig(loaded);
    const answer: ReadAnswer = {
      kind: 'read',
      config: { ...config, clients: [] },
      material: { ...material, clients: [] },
      clientCount: config.clients.length,
      places: placesOf(loaded),
      named,
    };
    return { answer, material };
  } catch (error) {
    // Whatever else is thrown is a fault of ours: the thread ends by it, and the reader says so.
    if (!(error instanceof ConfigError)) throw error;
    return { answer: { kind: 'refused', problems: error.problems, named } };
  }
}

function placesOf({ config, problemAt }: LoadedConfig): ReadonlyMap<string, ConfigProblem> {
  return new Map(fixedKeys(config).map((key) => [JSON.stringify(key), problemAt(key, '')]));
}

function loadedFrom(source: ReadSource): LoadedConfig {
  if (!('files' in source)) return parseConfig(source.text, source);
  // A thread is given octets without what makes them a Buffer.
  const files = new Map<string, FileOutcome>();
  for (const [path, outcome] of source.files) {
    files.set(path, 'bytes' in outcome ? { bytes: Buffer.from(outcome.bytes) } : outcome);
  }
  return configOf({ ...source, files });
}

function slice(clients: readonly ClientMaterial[], from: number): ClientsAnswer {
  const some = clients.slice(from, from + CLIENTS_AT_A_TIME);
  return { configs: some.map(({ config }) => config), materials: some.map(withoutConfig) };
}

function withoutConfig({
  config: _config,
  ...material
}: ClientMaterial): Omit<ClientMaterial, 'config'> {
  return material;
}

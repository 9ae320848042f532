/** What the demo prints once it serves: the commands to copy. */

import { join, relative } from 'node:path';

import type { Material } from '../config/check.ts';
import type { LoadedConfig } from '../config/load.ts';

export interface DemoPlace {
  /** Port of the first listener as a caller reaches it. */
  readonly port: number;
  /** The folder of the demo files as the reader of the text reaches it. */
  readonly certificates: string;
  /** The command that brings the folder there, where it is not at hand. */
  readonly fetchFiles?: string;
}

/**
 * Returns the ready line and the commands that fetch a token with the demo's client certificate and
 * look at it. They are made from the configuration at hand; where it lacks what they need, there is
 * the ready line alone.
 */
export function demoGuide(loaded: LoadedConfig, material: Material, place: DemoPlace): string {
  const origin = `https://localhost:${place.port}`;
  const ready = `certbound is ready at ${origin}\n`;
  const client = material.clients.find(
    ({ config }) => config.token_endpoint_auth_method === 'self_signed_tls_client_auth',
  );
  const caller = findCaller(loaded, material);
  const [first] = loaded.config.listeners;
  if (client === undefined || caller === undefined) return ready;
  if (first?.client_certificate === 'off') return ready;

  const file = (name: string) => shellWord(join(place.certificates, name));
  const form = `grant_type=client_credentials&client_id=${client.config.client_id}`;
  const preparation =
    place.fetchFiles === undefined
      ? ''
      : `\nThe demo's files are in this container; copy them out:\n\n${place.fetchFiles}\n`;
  return `${ready}${preparation}
Fetch a token with the demo client's certificate, then look at it:

curl --cacert ${file('ca.pem')} --cert ${file('client.pem')} --key ${file('client-key.pem')} \\
     ${origin}/oauth2/token -d ${shellWord(form)}
curl --cacert ${file('ca.pem')} -u ${shellWord(caller)} ${origin}/oauth2/introspect -d token=…

`;
}

/** Returns a path as it is typed in `folder`: relative below it, absolute elsewhere. */
export function shortenPath(path: string, folder: string): string {
  const short = relative(folder, path);
  return short === '' || short.startsWith('..') ? path : short;
}

/** The first introspection caller that has a secret, as `id:secret`. */
function findCaller({ config }: LoadedConfig, material: Material): string | undefined {
  const { token_service: service } = config;
  if (!('embedded' in service)) return undefined;
  const callers = new Set(service.embedded.introspection_callers);
  const caller = material.clients.find(
    (client) =>
      callers.has(client.config.client_id) &&
      client.config.token_endpoint_auth_method === 'client_secret_basic',
  );
  return caller && `${caller.config.client_id}:${caller.secret ?? ''}`;
}

/** Returns a word as a POSIX shell takes it for exactly this text. */
export function shellWord(word: string): string {
  if (/^[A-Za-z0-9_@%+:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

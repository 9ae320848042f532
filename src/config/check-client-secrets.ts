/** Secrets: a client's own, and the one that the gateway presents for it. */

import type { KeyPath } from './positions.ts';
import type { Report } from './report.ts';
import type { ClientConfig, Config } from './schema.ts';
import { checkSecret, readSecretFile } from './secret-files.ts';

/** Reads the secret of a client of a client_secret method. */
export async function readSecret(
  client: ClientConfig,
  keyPath: KeyPath,
  report: Report,
): Promise<string | undefined> {
  switch (client.token_endpoint_auth_method) {
    case 'client_secret_basic':
    case 'client_secret_post':
      return readOneSecret(client, keyPath, report);
    case 'self_signed_tls_client_auth':
    case 'tls_client_auth':
      return undefined;
  }
}

/** Reads the secret for the upstream, where the client has one. */
export async function readUpstreamSecret(
  client: ClientConfig,
  {
    keyPath,
    config,
    report,
  }: { readonly keyPath: KeyPath; readonly config: Config; readonly report: Report },
): Promise<string | undefined> {
  if (client.upstream === undefined) return undefined;
  const upstreamKey = [...keyPath, 'upstream'];
  const { token_service: service } = config;
  if (!('upstream' in service) || service.upstream.kind !== 'gateway') {
    report.add(upstreamKey, 'needs token_service.upstream of kind gateway');
  }
  return readOneSecret(client.upstream, upstreamKey, report);
}

/** Reads the secret of a mapping with `client_secret` and `client_secret_file`: exactly one. */
async function readOneSecret(
  from: {
    readonly client_secret?: string | undefined;
    readonly client_secret_file?: string | undefined;
  },
  keyPath: KeyPath,
  report: Report,
): Promise<string | undefined> {
  const { client_secret: inline, client_secret_file: file } = from;
  if (inline !== undefined && file !== undefined) {
    report.add(
      [...keyPath, 'client_secret_file'],
      'stands beside client_secret, expected one of them',
    );
    return undefined;
  }
  if (inline === undefined && file === undefined) {
    report.add(keyPath, 'expected client_secret or client_secret_file');
    return undefined;
  }
  const fileKey = [...keyPath, 'client_secret_file'];
  const outcome =
    file === undefined
      ? checkSecret(inline ?? '', 'the secret')
      : await readSecretFile(file, report.shown(fileKey, file));
  if ('secret' in outcome) return outcome.secret;
  report.add(file === undefined ? [...keyPath, 'client_secret'] : fileKey, outcome.problem);
  return undefined;
}

/** Secrets: a client's own, and the one that the gateway presents for it. */

import type { KeyPath } from './positions.ts';
import type { Report } from './report.ts';
import type { ClientConfig, Config } from './schema.ts';
import { checkSecret, readSecretFile } from './secret-files.ts';

/** Reads the secret of a client that has one; undefined where the upstream alone knows it. */
export async function readSecret(
  client: ClientConfig,
  {
    keyPath,
    config,
    report,
  }: { readonly keyPath: KeyPath; readonly config: Config; readonly report: Report },
): Promise<string | undefined> {
  switch (client.token_endpoint_auth_method) {
    case 'client_secret_basic':
    case 'client_secret_post':
    case 'certificate_and_secret': {
      const isGiven = client.client_secret !== undefined || client.client_secret_file !== undefined;
      if (!isGiven && !('embedded' in config.token_service)) return undefined;
      return readOneSecret(client, keyPath, report);
    }
    case 'self_signed_tls_client_auth':
    case 'tls_client_auth':
    case 'none':
      return undefined;
  }
}

/** Reads the secret of a mapping with `client_secret` and `client_secret_file`: exactly one. */
export async function readOneSecret(
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

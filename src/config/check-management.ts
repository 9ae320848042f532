/** The management listener: its token, and that the data plane does not lead to it. */

import type { Report } from './report.ts';
import type { Config } from './schema.ts';
import { readSecretFile } from './secret-files.ts';

/** What nobody guesses: 128 bits as hex. */
const MIN_TOKEN_LENGTH = 32;
/** b64token of RFC 6750 section 2.1. */
const TOKEN = /^[\w.~+/-]+=*$/;

/** Returns the token; undefined where there is none, or a problem was reported. */
export async function readManagementToken(
  config: Config,
  report: Report,
): Promise<string | undefined> {
  refuseManagementAsUpstream(config, report);
  const { token_file: path } = config.management;
  if (path === undefined) return undefined;
  const keyPath = ['management', 'token_file'];
  const shown = report.shown(keyPath, path);
  const outcome = await readSecretFile(path, shown);
  if ('problem' in outcome) {
    report.add(keyPath, outcome.problem);
    return undefined;
  }
  const { secret } = outcome;
  if (secret.length < MIN_TOKEN_LENGTH) {
    report.add(keyPath, `${shown} must hold ${MIN_TOKEN_LENGTH} characters or more`);
  } else if (!TOKEN.test(secret)) {
    report.add(keyPath, `${shown} holds characters that no bearer token has`);
  }
  return secret;
}

/** Every client would reach what is meant for this machine (T74). */
function refuseManagementAsUpstream(
  { management, token_service: service }: Config,
  report: Report,
): void {
  if (!('upstream' in service)) return;
  const { protocol, hostname, port } = new URL(service.upstream.url);
  const isSamePort = Number(port || (protocol === 'https:' ? 443 : 80)) === management.address.port;
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isSamePort && nameOf(host) === nameOf(management.address.host)) {
    report.add(['token_service', 'upstream', 'url'], 'is the management listener');
  }
}

/** One name for the usual spellings of this machine; port 0 is no port anybody could name. */
function nameOf(host: string): string {
  return /^(127\.|localhost$|::1$|0\.0\.0\.0$|::$)/i.test(host) ? 'localhost' : host.toLowerCase();
}

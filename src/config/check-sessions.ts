/** The secret from which the keys of session tickets are derived. */

import { nameFile, readWholeFile } from './files.ts';
import { modesOf } from './listener-modes.ts';
import type { KeyPath } from './positions.ts';
import type { Report } from './report.ts';
import type { ListenerConfig } from './schema.ts';

/** As much as the keys themselves have. */
const MIN_SECRET_BYTES = 48;
/** Nobody makes more; a larger file is the wrong file. */
const MAX_SECRET_BYTES = 4_096;

/** Reads the secret of a listener that has one; undefined when a problem was reported. */
export async function readTicketSecret(
  config: ListenerConfig,
  keyPath: KeyPath,
  report: Report,
): Promise<{ readonly ticketSecret?: Uint8Array } | undefined> {
  const { session_ticket_key: path } = config;
  if (path === undefined) return {};
  const fileKey = [...keyPath, 'session_ticket_key'];
  if (!resumes(config)) {
    report.add(fileKey, 'has no effect, as no session is resumed: see session_resumption');
    return undefined;
  }
  const shown = report.shown(fileKey, path);
  const outcome = await readWholeFile(path, { maxBytes: MAX_SECRET_BYTES });
  if ('problem' in outcome) {
    report.add(fileKey, nameFile(shown, outcome.problem));
    return undefined;
  }
  const { bytes } = outcome;
  if (bytes.length >= MIN_SECRET_BYTES) return { ticketSecret: new Uint8Array(bytes) };
  report.add(
    fileKey,
    `${shown} holds ${bytes.length} octets, expected ${MIN_SECRET_BYTES} or more`,
  );
  return undefined;
}

/** Whether any client of the listener may resume a session. */
function resumes(listener: ListenerConfig): boolean {
  const mode = listener.session_resumption;
  return mode === undefined ? modesOf(listener).includes('off') : mode === 'on';
}

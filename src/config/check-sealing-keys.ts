/** The keys of sealed tokens. */

import { nameFile, readWholeFile } from './files.ts';
import type { Report } from './report.ts';
import type { UpstreamConfig } from './schema.ts';

const KEY_OCTETS = 32;

/** Nobody writes a key in more. */
const MAX_FILE_BYTES = 256;

/** Returns 32 octets for each file; empty where tokens are not sealed. No problem shows a key. */
export async function readSealingKeys(
  { kind, token_binding: binding }: UpstreamConfig,
  report: Report,
): Promise<readonly Uint8Array[]> {
  const keyPath = ['token_service', 'upstream', 'token_binding'];
  const keysPath = [...keyPath, 'sealing_keys'];
  if (binding.kept === 'stored') {
    if (binding.sealing_keys.length > 0) report.add(keysPath, 'has no effect on stored bindings');
    return [];
  }
  if (kind === 'native') report.add(keyPath, 'a server of kind native binds tokens itself');
  if (binding.sealing_keys.length === 0) report.add(keyPath, 'expected sealing_keys');
  const keys = await Promise.all(
    binding.sealing_keys.map(async (file, index) => {
      const place = [...keysPath, index];
      const shown = report.shown(place, file);
      const outcome = await readWholeFile(file, { maxBytes: MAX_FILE_BYTES });
      if ('problem' in outcome) {
        report.add(place, nameFile(shown, outcome.problem));
        return [];
      }
      const key = decodeKey(outcome.bytes.toString('latin1').trim());
      if (key !== undefined) return [key];
      report.add(place, `${shown} holds no ${KEY_OCTETS} octets in base64 or hex`);
      return [];
    }),
  );
  return keys.flat();
}

function decodeKey(text: string): Uint8Array | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Uint8Array.fromHex(text);
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined;
  const key = new Uint8Array(Buffer.from(text, 'base64url'));
  return key.length === KEY_OCTETS ? key : undefined;
}

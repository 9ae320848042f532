/**
 * PEM blocks inside a header value, where line breaks have become something else: other white space,
 * nothing at all, or percent escapes that were decoded before.
 */

import { damaged, decodeCarried, expectFewCertificates } from './carried-certificate.ts';

const BLOCK = /-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/y;

/** What stands for a line break; an empty line stands nowhere. */
const BREAK = /\r?\n[ \t]*|[ \t]{1,2}/;

/**
 * The DER of every block, in order, at least one. Nothing but one line break stands between them.
 *
 * @throws CertificateError `certificate_malformed` on anything else.
 */
export function readValuePem(text: string): readonly Uint8Array[] {
  const ders: Uint8Array[] = [];
  for (let at = 0; at < text.length;) {
    BLOCK.lastIndex = at;
    const body = BLOCK.exec(text)?.[1];
    if (body === undefined) throw damaged(`certificate header is no PEM at character ${at + 1}`);
    ders.push(decodeCarried(joinLines(body)));
    expectFewCertificates(ders.length);
    at = skipBreak(text, BLOCK.lastIndex);
  }
  return ders;
}

/** Lines as OpenSSL cuts them, each ended by a line feed. */
function joinLines(body: string): string {
  const inner = body.replace(FIRST_BREAK, '').replace(LAST_BREAK, '');
  const lines = inner.split(BREAK);
  if (lines.every((line) => line !== '')) return lines.join('');
  throw damaged('certificate header has an empty line in its PEM');
}

const FIRST_BREAK = new RegExp(`^(?:${BREAK.source})`);
const LAST_BREAK = new RegExp(`(?:${BREAK.source})$`);

function skipBreak(text: string, at: number): number {
  return at + (FIRST_BREAK.exec(text.slice(at))?.[0].length ?? 0);
}

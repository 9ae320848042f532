/** JWTs that the service has not issued, or not so: signed with anything, also with its own key. */

import { createHmac, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export type Header = Readonly<Record<string, unknown>>;

export function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** ES256 in the form that JWS has it. */
export function es256(key: KeyObject, header: unknown, payload: string): string {
  const input = `${encode(header)}.${payload}`;
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

export function hs256(secret: string | Buffer, header: unknown, payload: string): string {
  const input = `${encode(header)}.${payload}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** All ways to write a word of letters. */
export function spellings(word: string): readonly string[] {
  return Array.from({ length: 2 ** word.length }, (_, bits) =>
    word
      .split('')
      .map((letter, at) => ((bits >> at) & 1 ? letter.toUpperCase() : letter.toLowerCase()))
      .join(''),
  );
}

/** RFC 7797: the payload is signed as it is, not encoded. */
export function unencoded(key: KeyObject, header: Header, payload: string): readonly string[] {
  const first = encode({ ...header, b64: false, crit: ['b64'] });
  const text = Buffer.from(payload, 'base64url').toString('utf8');
  return [payload, text].map((signed) => {
    const data = Buffer.from(`${first}.${signed}`);
    const signature = sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' });
    return `${first}.${signed}.${signature.toString('base64url')}`;
  });
}

/**
 * The grammar of `x-forwarded-client-cert`: elements divided by `,`, pairs divided by `;`, values in
 * quotes where they hold any of the two or `=`. Quotes come first: a subject legally holds all three.
 */

import { damaged } from './carried-certificate.ts';

/** The pairs of one element, keys in lower case. */
export type XfccElement = readonly (readonly [key: string, value: string])[];

/** One pair and what follows it. No character can be taken in two ways, so that it runs in one pass. */
const PAIR = /([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^",;]*))(,[ \t]*|;|$)/y;

/**
 * The elements, the one of the nearest hop last.
 *
 * @throws CertificateError `certificate_malformed` naming the character.
 */
export function readXfcc(value: string): readonly XfccElement[] {
  const elements: (readonly [string, string])[][] = [[]];
  for (let at = 0; ;) {
    PAIR.lastIndex = at;
    const [pair, key = '', quoted, plain = '', end] = PAIR.exec(value) ?? [];
    if (pair === undefined) throw damaged(`certificate header is no XFCC at character ${at + 1}`);
    const text = quoted === undefined ? plain : quoted.replaceAll(/\\(.)/g, '$1');
    elements.at(-1)?.push([key.toLowerCase(), text]);
    at += pair.length;
    if (end === '') return elements;
    if (end !== ';') elements.push([]);
  }
}

/** The table of certificate header formats, by the name the configuration gives them. */

import type { HeaderCodec } from './header-codec.ts';
import { oneLinePem } from './one-line-pem.ts';
import { rfc9440 } from './rfc9440.ts';

export type HeaderFormat = 'one_line_pem' | 'rfc9440';

const CODECS: Readonly<Record<HeaderFormat, HeaderCodec>> = {
  one_line_pem: oneLinePem,
  rfc9440,
};

/** The codec of a format. */
export function codecFor(format: HeaderFormat): HeaderCodec {
  return CODECS[format];
}

/** How a certificate travels to an upstream: the header field that each codec writes. */

import { codecFor } from '../certificate/header/codecs.ts';
import type { HeaderFormat } from '../certificate/header/codecs.ts';

export interface HeaderChoice {
  readonly format: HeaderFormat;
  readonly name: string;
}

export interface CarriedHeader extends HeaderChoice {
  readonly value: string;
}

/** The names of a configuration that states none. */
const USUAL: readonly HeaderChoice[] = [
  { format: 'rfc9440', name: 'client-cert' },
  { format: 'one_line_pem', name: 'x-wso2-mtls-cert' },
];

/** Returns one field for each codec, under the configured names where there are any. */
export function carriedHeaders(
  der: Uint8Array,
  configured: readonly HeaderChoice[],
): readonly CarriedHeader[] {
  const formats = new Set(configured.map(({ format }) => format));
  const choices = [...configured, ...USUAL.filter(({ format }) => !formats.has(format))];
  return choices.flatMap(({ format, name: leaf }) =>
    codecFor(format)
      .write({ leaf: der, chain: [] }, { leaf })
      .map(([name, value]) => ({ format, name, value })),
  );
}

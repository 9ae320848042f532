/** What an upstream gets to see of a certificate: a format, under which names, how much of it. */

import { codecFor } from './codecs.ts';
import type { HeaderCodec, HeaderFormat, HeaderNames } from './header-codec.ts';

export interface HeaderChoice {
  readonly format: HeaderFormat;
  readonly names: HeaderNames;
  /** Whether the validated path goes along where there is one. */
  readonly chain: boolean;
  /** Name of the field that tells the verdict. */
  readonly verdictName?: string;
  /** Most octets that the server takes for the value of the leaf. */
  readonly maxLeafOctets?: number;
}

/** Whether the format can carry more than the leaf. */
export function carriesChain({ names, chainInLeafField }: HeaderCodec): boolean {
  return chainInLeafField || names.chain !== undefined;
}

/** Every name that is written for the choice, in lower case: what no client may send. */
export function writtenNames({ format, names, verdictName }: HeaderChoice): readonly string[] {
  const verdict = verdictName === undefined ? [] : [verdictName];
  return [...codecFor(format).fieldNames(names), ...verdict];
}

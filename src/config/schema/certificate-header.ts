/** The keys of one certificate header: a server's name, or a format with names. */

import { z } from 'zod';

import { codecFor } from '../../certificate/header/codecs.ts';
import { carriesChain } from '../../certificate/header/header-choice.ts';
import type { HeaderChoice } from '../../certificate/header/header-choice.ts';
import { HEADER_FORMATS } from '../../certificate/header/header-codec.ts';
import { PRESET_NAMES, PRESETS } from '../../certificate/header/presets.ts';
import { fieldName } from './values.ts';

const entry = z.strictObject({
  preset: z
    .enum(PRESET_NAMES)
    .optional()
    .describe('What this server reads. Exactly one of preset and format is given.'),
  format: z
    .enum(HEADER_FORMATS)
    .optional()
    .describe('How the certificate is spelled; certificate-headers.md has an example of each.'),
  name: fieldName.optional().describe('Name of the header. Absent: the usual one.'),
  chain_name: fieldName
    .optional()
    .describe(
      'Name of the header of the chain, or what stands before _0 where it is numbered. Absent: the usual one.',
    ),
  chain: z
    .boolean()
    .optional()
    .describe(
      'Whether the validated path goes along, without its anchor, for a certificate that a CA vouches for. Absent: where preset or format have a place for it.',
    ),
  verdict_name: fieldName
    .optional()
    .describe(
      'Name of a header with the verdict: SUCCESS, FAILED:<reason> or NONE. Absent: that of the preset, or none.',
    ),
});

type Entry = z.output<typeof entry>;

/** One certificate header; parsed, it is what the writer takes. */
export const certificateHeader = entry.transform((given, context): HeaderChoice => {
  const base = baseOf(given);
  if (base === undefined) {
    context.addIssue('expected exactly one of preset and format');
    return z.NEVER;
  }
  const codec = codecFor(base.format);
  if (given.chain === true && !carriesChain(codec)) {
    context.addIssue(`the format ${base.format} carries no chain`);
  }
  if (given.chain_name !== undefined && codec.names.chain === undefined) {
    context.addIssue(`the format ${base.format} has no header for the chain`);
  }
  const wanted = given.chain ?? (base.chain || given.chain_name !== undefined);
  const chainName = wanted
    ? (given.chain_name ?? base.names.chain ?? codec.names.chain)
    : undefined;
  const verdictName = given.verdict_name ?? base.verdictName;
  return {
    format: base.format,
    names: {
      leaf: given.name ?? base.names.leaf,
      ...(chainName !== undefined && { chain: chainName }),
    },
    chain: wanted,
    ...(verdictName !== undefined && { verdictName }),
    ...(base.maxLeafOctets !== undefined && { maxLeafOctets: base.maxLeafOctets }),
  };
});

function baseOf({ preset, format }: Entry): HeaderChoice | undefined {
  if (preset !== undefined) return format === undefined ? PRESETS[preset] : undefined;
  if (format === undefined) return undefined;
  const codec = codecFor(format);
  return { format, names: codec.names, chain: carriesChain(codec) };
}

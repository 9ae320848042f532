/**
 * `Client-Cert` and `Client-Cert-Chain` of RFC 9440: structured-field Byte Sequences (RFC 8941
 * section 3.3.5), the chain a List of them. Google Cloud and the rules of Cloudflare write the same.
 */

import {
  damaged,
  decodeCarried,
  encodeCarried,
  expectFewCertificates,
  isAbsent,
} from './carried-certificate.ts';
import { valuesOf, withoutSpace } from './carried-fields.ts';
import { createFieldCodec } from './field-codec.ts';
import type { ChainFields } from './field-codec.ts';

function writeSequence(der: Uint8Array): string {
  return `:${encodeCarried(der)}:`;
}

/**
 * Parameters after the Byte Sequence, which RFC 9440 does not define, are refused, and so is missing
 * padding, which RFC 8941 would forgive.
 */
function readSequence(value: string): Uint8Array {
  if (value.length < 2 || !value.startsWith(':') || !value.endsWith(':')) {
    throw damaged('certificate header is not between colons');
  }
  return decodeCarried(value.slice(1, -1));
}

/** RFC 9440 section 2.3. A list may be split over several fields (RFC 8941 section 3.1). */
const list: ChainFields = {
  fieldNames: (name) => [name],
  write: (chain, name) => [[name, chain.map(writeSequence).join(', ')]],
  read: (fields, name) => {
    const members = valuesOf(fields, name)
      .filter((value) => !isAbsent(value))
      .flatMap((value) => value.split(','));
    expectFewCertificates(members.length);
    return members.map((member) => readSequence(withoutSpace(member)));
  },
};

export const rfc9440 = createFieldCodec({
  format: 'rfc9440',
  names: { leaf: 'client-cert', chain: 'client-cert-chain' },
  value: {
    write: ([leaf = new Uint8Array()]) => writeSequence(leaf),
    read: (value) => [readSequence(value)],
  },
  chain: list,
});

/** `Client-Cert` of RFC 9440: a structured-field Byte Sequence (RFC 8941 section 3.3.5). */

import { damaged, decodeCarried, isAbsent } from './carried-certificate.ts';
import type { HeaderCodec } from './header-codec.ts';

/**
 * Parameters after the Byte Sequence, which RFC 9440 does not define, are refused, and so is missing
 * padding, which RFC 8941 would forgive.
 */
export const rfc9440: HeaderCodec = {
  name: 'rfc9440',

  write: (der) => `:${Buffer.from(der).toString('base64')}:`,

  read: (value) => {
    if (isAbsent(value)) return undefined;
    if (value.length < 2 || !value.startsWith(':') || !value.endsWith(':')) {
      throw damaged('certificate header is not between colons');
    }
    return decodeCarried(value.slice(1, -1));
  },
};

/**
 * The viewer certificate of CloudFront: percent-encoded PEM, and a field that says whether there is
 * one at all.
 */

import { damaged } from './carried-certificate.ts';
import { soleValue } from './carried-fields.ts';
import { partlyEscaped } from './escaped-pem.ts';
import { createFieldCodec } from './field-codec.ts';
import type { HeaderCodec } from './header-codec.ts';

const PRESENT = 'cloudfront-viewer-cert-present';

const certificate = createFieldCodec({
  format: 'cloudfront',
  names: { leaf: 'cloudfront-viewer-cert-pem' },
  value: partlyEscaped,
  chain: 'none',
});

/** Two fields that contradict each other are refused: one of them is not CloudFront's. */
export const cloudfront: HeaderCodec = {
  ...certificate,
  fieldNames: (names) => [...certificate.fieldNames(names), PRESENT],
  write: (carried, names) => [...certificate.write(carried, names), [PRESENT, '1']],
  read: (fields, names) => {
    const present = soleValue(fields, PRESENT);
    if (present !== undefined && !/^[01]$/.test(present)) {
      throw damaged(`${PRESENT} is neither 0 nor 1`);
    }
    const found = certificate.read(fields, names);
    if (present === '0' && found !== undefined) throw damaged(`a certificate, but ${PRESENT} is 0`);
    if (present === '1' && found === undefined)
      throw damaged(`${PRESENT} is 1, but no certificate`);
    return found;
  },
};

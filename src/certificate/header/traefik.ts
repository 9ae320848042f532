/**
 * `passTLSClientCert.pem` of Traefik: base64 of DER without PEM markers, leaf first, divided by
 * commas. Before 2.9.4 each was escaped as in a query, under the same name and without a sign of it.
 */

import { decodeCarried, encodeCarried, expectFewCertificates } from './carried-certificate.ts';
import { createFieldCodec } from './field-codec.ts';
import { decodePercent } from './percent.ts';

const names = { leaf: 'x-forwarded-tls-client-cert' };

function readList(value: string): readonly Uint8Array[] {
  const members = value.split(',');
  expectFewCertificates(members.length);
  return members.map(decodeCarried);
}

export const traefik = createFieldCodec({
  format: 'traefik',
  names,
  value: { write: (ders) => ders.map(encodeCarried).join(','), read: readList },
  chain: 'in_leaf_field',
});

/** Base64 has no space, so that nothing in it was ever escaped to `+`. */
export const traefikEscaped = createFieldCodec({
  format: 'traefik_escaped',
  names,
  value: {
    write: (ders) => ders.map((der) => encodeURIComponent(encodeCarried(der))).join(','),
    read: (value) => readList(decodePercent(value)),
  },
  chain: 'in_leaf_field',
});

/** A chain in numbered fields, `CERT_CHAIN_0` and on: the convention of Keycloak for Apache. */

import { damaged, expectFewCertificates, isAbsent, maxCarried } from './carried-certificate.ts';
import { valuesOf } from './carried-fields.ts';
import type { ChainFields, ValueCodec } from './field-codec.ts';
import type { Fields } from './header-codec.ts';

/** One certificate a field, each spelled as the leaf is. */
export function createNumberedChain(value: ValueCodec): ChainFields {
  const fieldNames = (name: string): readonly string[] =>
    Array.from({ length: maxCarried }, (_, index) => `${name}_${index}`);

  return {
    fieldNames,
    write: (chain, name) => chain.map((der, index) => [`${name}_${index}`, value.write([der])]),
    read: (fields, name) => {
      const chain: Uint8Array[] = [];
      for (const [index, field] of fieldNames(name).entries()) {
        const values = valuesOf(fields, field);
        if (values.length > 1) throw damaged(`certificate header ${field} stands twice`);
        const [carried] = values;
        if (carried === undefined || isAbsent(carried)) continue;
        if (chain.length < index) throw damaged(`the chain lacks a field before ${field}`);
        const ders = value.read(carried);
        if (ders.length > 1)
          throw damaged(`certificate header ${field} holds several certificates`);
        chain.push(...ders);
      }
      refuseMore(fields, name);
      return chain;
    },
  };
}

/** A number beyond those that are read: a chain that is too long, or no number of ours at all. */
function refuseMore(fields: Fields, name: string): void {
  const start = `${name.toLowerCase()}_`;
  const beyond = fields.some(([field, value]) => {
    const lower = field.toLowerCase();
    const digits = lower.startsWith(start) ? lower.slice(start.length) : '';
    return /^\d+$/.test(digits) && Number(digits) >= maxCarried && !isAbsent(value);
  });
  if (beyond) expectFewCertificates(maxCarried + 1);
}

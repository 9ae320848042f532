/**
 * Makes a codec of how a value is spelled and of where the chain goes. What all formats refuse alike
 * is refused here.
 */

import { damaged, expectFewCertificates } from './carried-certificate.ts';
import { soleValue } from './carried-fields.ts';
import type { Fields, HeaderCodec, HeaderFormat, HeaderNames } from './header-codec.ts';

/** How certificates are spelled in one field value. */
export interface ValueCodec {
  /** At least one certificate. */
  write(ders: readonly Uint8Array[]): string;
  /** At least one certificate; the value is not empty. @throws CertificateError on any damage. */
  read(value: string): readonly Uint8Array[];
}

/** A chain in fields of its own. */
export interface ChainFields {
  /** Every name that such a field can have. */
  fieldNames(name: string): readonly string[];
  write(chain: readonly Uint8Array[], name: string): Fields;
  /** Empty where there is no chain. @throws CertificateError on any damage. */
  read(fields: Fields, name: string): readonly Uint8Array[];
}

export interface FieldCodecOptions {
  readonly format: HeaderFormat;
  readonly names: HeaderNames;
  readonly value: ValueCodec;
  /**
   * `none`: the format carries the leaf alone. `in_leaf_field`: leaf first, then the others. Else
   * the fields beside that of the leaf.
   */
  readonly chain: 'none' | 'in_leaf_field' | ChainFields;
}

export function createFieldCodec({ format, names, value, chain }: FieldCodecOptions): HeaderCodec {
  const apart = typeof chain === 'string' ? undefined : chain;
  const chainInLeafField = chain === 'in_leaf_field';

  return {
    format,
    names,
    chainInLeafField,

    fieldNames: (used) => [used.leaf, ...chainNames(used, apart)],

    write: (certificates, used) => {
      const inField = chainInLeafField ? certificates.chain : [];
      const leaf = [used.leaf, value.write([certificates.leaf, ...inField])] as const;
      if (apart === undefined || used.chain === undefined) return [leaf];
      if (certificates.chain.length === 0) return [leaf];
      return [leaf, ...apart.write(certificates.chain, used.chain)];
    },

    read: (fields, used) => {
      const carried = soleValue(fields, used.leaf);
      const others =
        apart === undefined || used.chain === undefined ? [] : apart.read(fields, used.chain);
      if (carried === undefined) {
        if (others.length > 0) throw damaged('a chain without the certificate it belongs to');
        return undefined;
      }
      const [leaf, ...rest] = value.read(carried);
      if (leaf === undefined) throw damaged('certificate header holds no certificate');
      if (rest.length > 0 && !chainInLeafField) {
        throw damaged(`certificate header ${used.leaf} holds more than one certificate`);
      }
      const all = [...rest, ...others];
      expectFewCertificates(all.length + 1);
      return { leaf, chain: withoutLeaf(leaf, all) };
    },
  };
}

function chainNames({ chain }: HeaderNames, apart: ChainFields | undefined): readonly string[] {
  return apart === undefined || chain === undefined ? [] : apart.fieldNames(chain);
}

/** Products differ in whether the chain begins with the leaf once more, and some by version. */
export function withoutLeaf(leaf: Uint8Array, chain: readonly Uint8Array[]): readonly Uint8Array[] {
  const [first, ...rest] = chain;
  return first !== undefined && Buffer.compare(first, leaf) === 0 ? rest : chain;
}

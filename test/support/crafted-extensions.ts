/** Extensions for crafted certificates, sound ones and others (RFC 5280 section 4.2.1). */

import {
  encodeDistinguishedName,
  parseDistinguishedName,
} from '../../src/certificate/name/distinguished-name.ts';
import { writeDer, writeObjectIdentifier } from '../../src/certificate/der/der-writer.ts';
import type { MintExtension } from '../../src/certificate/mint/mint-extension.ts';

/** A GeneralName: form and value. IP in hex, directory names in RFC 4514, otherName and id as OID. */
export type NameOf = readonly [
  form: 'other' | 'email' | 'dns' | 'x400' | 'directory' | 'uri' | 'ip' | 'id',
  value: string,
];

export function generalName([form, value]: NameOf): Uint8Array {
  const text = Buffer.from(value, 'latin1');
  switch (form) {
    case 'other':
      return writeDer(0xa0, writeObjectIdentifier(value), writeDer(0xa0, writeDer(0x0c, text)));
    case 'email':
      return writeDer(0x81, text);
    case 'dns':
      return writeDer(0x82, text);
    case 'x400':
      return writeDer(0xa3);
    case 'directory':
      return writeDer(0xa4, encodeDistinguishedName(parseDistinguishedName(value)));
    case 'uri':
      return writeDer(0x86, text);
    case 'ip':
      return writeDer(0x87, Buffer.from(value.replaceAll(' ', ''), 'hex'));
    case 'id':
      return writeDer(0x88, writeObjectIdentifier(value).subarray(2));
  }
}

export function san(names: readonly NameOf[], critical = false): MintExtension {
  return { type: '2.5.29.17', critical, value: writeDer(0x30, ...names.map(generalName)) };
}

export interface Constraints {
  readonly permitted?: readonly NameOf[];
  readonly excluded?: readonly NameOf[];
}

export function nameConstraints(
  { permitted, excluded }: Constraints,
  critical = true,
): MintExtension {
  const list = (tag: number, names: readonly NameOf[] = []): readonly Uint8Array[] =>
    names.length === 0
      ? []
      : [writeDer(tag, ...names.map((name) => writeDer(0x30, generalName(name))))];
  const value = writeDer(0x30, ...list(0xa0, permitted), ...list(0xa1, excluded));
  return { type: '2.5.29.30', critical, value };
}

/** Each policy an OID, or an OID with that of a qualifier. */
export function policies(
  list: readonly (string | readonly [policy: string, qualifier: string])[],
  critical = false,
): MintExtension {
  const items = list.map((item) => {
    if (typeof item === 'string') return writeDer(0x30, writeObjectIdentifier(item));
    const [policy, qualifier] = item;
    const qualifiers = writeDer(
      0x30,
      writeDer(0x30, writeObjectIdentifier(qualifier), writeDer(0x05)),
    );
    return writeDer(0x30, writeObjectIdentifier(policy), qualifiers);
  });
  return { type: '2.5.29.32', critical, value: writeDer(0x30, ...items) };
}

export function policyMappings(pairs: readonly (readonly [string, string])[]): MintExtension {
  const items = pairs.map((pair) => writeDer(0x30, ...pair.map(writeObjectIdentifier)));
  return { type: '2.5.29.33', critical: true, value: writeDer(0x30, ...items) };
}

export function policyConstraints(
  facts: { readonly explicit?: number; readonly mapping?: number },
  critical = true,
): MintExtension {
  const field = (tag: number, count?: number): readonly Uint8Array[] =>
    count === undefined ? [] : [writeDer(tag, Uint8Array.of(count))];
  const value = writeDer(0x30, ...field(0x80, facts.explicit), ...field(0x81, facts.mapping));
  return { type: '2.5.29.36', critical, value };
}

export function inhibitAnyPolicy(count: number): MintExtension {
  return { type: '2.5.29.54', critical: true, value: writeDer(0x02, Uint8Array.of(count)) };
}

/** An extendedKeyUsage of any object identifiers. */
export function purposes(...types: readonly string[]): MintExtension {
  const value = writeDer(0x30, ...types.map(writeObjectIdentifier));
  return { type: '2.5.29.37', critical: false, value };
}

/** Any extension at all; the value in hex. */
export function extension(type: string, critical: boolean, value: string): MintExtension {
  return { type, critical, value: Buffer.from(value.replaceAll(' ', ''), 'hex') };
}

/** Reads GeneralName (RFC 5280 section 4.2.1.6): each form keeps its type, so that none passes for another. */

import { malformed, readDer } from '../der/der.ts';
import type { DerNode } from '../der/der.ts';
import {
  contentOf,
  explicitValueOf,
  isContext,
  objectIdentifierOf,
  sequenceOf,
} from '../der/der-value.ts';
import { readDistinguishedName } from './distinguished-name.ts';
import type { DistinguishedName } from './distinguished-name.ts';

/** Text is as it stands in the certificate, NUL and all; nothing is folded or cut. */
export type GeneralName =
  | { readonly form: 'email' | 'dns' | 'uri'; readonly value: string }
  | { readonly form: 'ip'; readonly octets: Uint8Array }
  | { readonly form: 'directory'; readonly name: DistinguishedName }
  | { readonly form: 'other'; readonly type: string }
  /** Forms that nothing here looks into. */
  | { readonly form: 'x400' | 'ediParty' | 'registeredId' };

export type NameForm = GeneralName['form'];

/**
 * The value of a subjectAltName extension, at least one name.
 *
 * @throws CertificateError `certificate_malformed`, as both functions here.
 */
export function readGeneralNames(der: Uint8Array, what: string): readonly GeneralName[] {
  const names = sequenceOf(readDer(der), what);
  if (names.length === 0) throw malformed(0, `${what} is empty`);
  return names.map((name) => readGeneralName(name, what));
}

/** One name; its form is in its context tag. */
export function readGeneralName(node: DerNode | undefined, what: string): GeneralName {
  if (node?.tagClass !== 'context') throw malformed(node?.start ?? 0, `${what} is not a name`);
  const isConstructed = [0, 3, 4, 5].includes(node.tagNumber);
  if (node.constructed !== isConstructed) throw malformed(node.start, `${what} in the wrong form`);
  switch (node.tagNumber) {
    case 0:
      return { form: 'other', type: otherNameTypeOf(node, what) };
    case 1:
      return { form: 'email', value: ia5Of(node, what) };
    case 2:
      return { form: 'dns', value: ia5Of(node, what) };
    case 3:
      return { form: 'x400' };
    case 4:
      return { form: 'directory', name: readDistinguishedName(explicitValueOf(node, what), what) };
    case 5:
      return { form: 'ediParty' };
    case 6:
      return { form: 'uri', value: ia5Of(node, what) };
    case 7:
      return { form: 'ip', octets: contentOf(node) };
    case 8:
      return { form: 'registeredId' };
    default:
      throw malformed(node.start, `${what} is a name of unknown form ${node.tagNumber}`);
  }
}

function otherNameTypeOf(node: DerNode, what: string): string {
  const [type, value, ...others] = node.children;
  if (!isContext(value, 0) || others.length > 0) {
    throw malformed(node.start, `${what} has an otherName that is not a type with a value`);
  }
  return objectIdentifierOf(type, what);
}

function ia5Of(node: DerNode, what: string): string {
  const octets = contentOf(node);
  if (octets.some((octet) => octet >= 0x80)) {
    throw malformed(node.contentStart, `${what} has a name that is not ASCII`);
  }
  return Buffer.from(octets).toString('latin1');
}

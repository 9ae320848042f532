/** Reads the nameConstraints extension (RFC 5280 section 4.2.1.10) into spaces of names. */

import { malformed, readDer } from '../der/der.ts';
import type { DerNode } from '../der/der.ts';
import { isContext, sequenceOf } from '../der/der-value.ts';
import { comparableRdn } from './distinguished-name-key.ts';
import { readGeneralName } from './general-name.ts';
import type { GeneralName, NameForm } from './general-name.ts';
import { hostNameOf } from './host-name.ts';
import { mailboxOf } from './mailbox.ts';

/** A subtree of names, or of no names at all where nobody could say which. */
export type NameSpace =
  /** The host and all below it; empty for every host. */
  | { readonly form: 'dns'; readonly domain: string }
  /** The host itself, or the hosts below `domain` but not itself. */
  | { readonly form: 'uri'; readonly host?: string; readonly domain?: string }
  | {
      readonly form: 'email';
      readonly local?: string;
      readonly host?: string;
      readonly domain?: string;
    }
  | { readonly form: 'ip'; readonly address: Uint8Array; readonly mask: Uint8Array }
  /** Names that begin with these RDNs. */
  | { readonly form: 'directory'; readonly rdns: readonly string[] }
  | { readonly form: NameForm; readonly unusable: string };

export interface NameConstraints {
  readonly permitted: readonly NameSpace[];
  readonly excluded: readonly NameSpace[];
}

/**
 * The constraints of one CA. A subtree that can't be evaluated is kept as `unusable`: it matters only
 * where a name of its form appears, and is then a reason to refuse.
 *
 * @throws CertificateError `certificate_malformed` when the structure is broken.
 */
export function readNameConstraints(der: Uint8Array): NameConstraints {
  const rest = [...sequenceOf(readDer(der), 'nameConstraints')];
  if (rest.length === 0) throw malformed(0, 'nameConstraints is empty');
  const permitted = isContext(rest[0], 0) ? subtreesOf(rest.shift()) : [];
  const excluded = isContext(rest[0], 1) ? subtreesOf(rest.shift()) : [];
  if (rest.length > 0) throw malformed(0, 'nameConstraints with unknown fields');
  return { permitted, excluded };
}

function subtreesOf(node: DerNode | undefined): readonly NameSpace[] {
  const subtrees = node?.children ?? [];
  if (subtrees.length === 0) throw malformed(node?.start ?? 0, 'empty list of subtrees');
  return subtrees.map((subtree) => {
    const [base, ...distances] = sequenceOf(subtree, 'subtree');
    const name = readGeneralName(base, 'subtree');
    // `minimum` is zero and never written, `maximum` is absent.
    if (distances.length > 0) return { form: name.form, unusable: 'a subtree with distances' };
    return nameSpaceOf(name);
  });
}

function nameSpaceOf(name: GeneralName): NameSpace {
  switch (name.form) {
    case 'dns':
      return dnsSpaceOf(name.value);
    case 'uri':
      return uriSpaceOf(name.value);
    case 'email':
      return emailSpaceOf(name.value);
    case 'ip':
      return ipSpaceOf(name.octets);
    case 'directory':
      return { form: 'directory', rdns: name.name.map(comparableRdn) };
    default:
      return { form: name.form, unusable: `names of form ${name.form}` };
  }
}

/** A leading dot has no meaning here, though some write it and some read it as in a URI. */
function dnsSpaceOf(text: string): NameSpace {
  const domain = text === '' ? '' : hostNameOf(text);
  if (domain === undefined) return { form: 'dns', unusable: `the malformed host ${quoted(text)}` };
  return { form: 'dns', domain };
}

function uriSpaceOf(text: string): NameSpace {
  const host = hostNameOf(text.replace(/^\./, ''));
  if (host === undefined) return { form: 'uri', unusable: `the malformed host ${quoted(text)}` };
  return text.startsWith('.') ? { form: 'uri', domain: host } : { form: 'uri', host };
}

function emailSpaceOf(text: string): NameSpace {
  if (text.includes('@')) {
    const mailbox = mailboxOf(text);
    if (mailbox !== undefined) return { form: 'email', ...mailbox };
    return { form: 'email', unusable: `the malformed mailbox ${quoted(text)}` };
  }
  const host = hostNameOf(text.replace(/^\./, ''));
  if (host === undefined) return { form: 'email', unusable: `the malformed host ${quoted(text)}` };
  return text.startsWith('.') ? { form: 'email', domain: host } : { form: 'email', host };
}

/** Address and mask, 8 octets for IPv4, 32 for IPv6; the mask is that of a prefix (RFC 4632). */
function ipSpaceOf(octets: Uint8Array): NameSpace {
  const width = octets.length / 2;
  if (width !== 4 && width !== 16) {
    return { form: 'ip', unusable: `a range of ${octets.length} octets` };
  }
  const mask = octets.subarray(width);
  const bits = Array.from(mask, (octet) => octet.toString(2).padStart(8, '0')).join('');
  if (bits.includes('01')) return { form: 'ip', unusable: 'a mask that is not a prefix' };
  return { form: 'ip', address: octets.subarray(0, width), mask };
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}

/** The names of a certificate in the shape in which constraints are held against them. */

import { comparableRdn } from './distinguished-name-key.ts';
import type { DistinguishedName } from './distinguished-name.ts';
import type { GeneralName, NameForm } from './general-name.ts';
import { dnsPatternOf, hostNameOf } from './host-name.ts';
import { mailboxOf } from './mailbox.ts';

export type ConstrainedName =
  | { readonly form: 'dns'; readonly host: string; readonly isWildcard: boolean }
  | { readonly form: 'uri'; readonly host: string }
  | { readonly form: 'email'; readonly local: string; readonly host: string }
  | { readonly form: 'ip'; readonly octets: Uint8Array }
  | { readonly form: 'directory'; readonly rdns: readonly string[] }
  /** A name that no constraint of its form can be held against. */
  | { readonly form: NameForm; readonly unusable: string };

const emailAddress = '1.2.840.113549.1.9.1';
const smtpUtf8Mailbox = '1.3.6.1.5.5.7.8.9';

/**
 * Every name to which constraints apply: the subject where it is not empty, the emailAddress
 * attributes in it, and the subjectAltName (RFC 5280 section 4.2.1.10). The attributes count even
 * beside a subjectAltName, where the RFC no longer asks it: whoever reads the address out of the
 * subject must not be given one that the CA could not vouch for.
 */
export function constrainedNamesOf(
  subject: DistinguishedName,
  alternatives: readonly GeneralName[],
): readonly ConstrainedName[] {
  const names = alternatives.flatMap(constrainedNameOf);
  if (subject.length === 0) return names;
  const emails = subject
    .flat()
    .filter(({ type }) => type === emailAddress)
    .map(({ value }) => emailOf(value));
  return [{ form: 'directory', rdns: subject.map(comparableRdn) }, ...emails, ...names];
}

function constrainedNameOf(name: GeneralName): ConstrainedName | readonly ConstrainedName[] {
  switch (name.form) {
    case 'dns':
      return { form: 'dns', ...(dnsPatternOf(name.value) ?? unusable(name.value)) };
    case 'uri':
      return uriOf(name.value);
    case 'email':
      return emailOf(name.value);
    case 'ip': {
      const { octets } = name;
      if (octets.length === 4 || octets.length === 16) return { form: 'ip', octets };
      return { form: 'ip', unusable: `an address of ${octets.length} octets` };
    }
    case 'directory':
      return { form: 'directory', rdns: name.name.map(comparableRdn) };
    case 'other': {
      const other = { form: 'other', unusable: `an otherName of type ${name.type}` } as const;
      // RFC 9598 section 6: constraints on mailboxes hold for these as well.
      return name.type === smtpUtf8Mailbox ? [other, { ...other, form: 'email' }] : other;
    }
    default:
      return { form: name.form, unusable: `a name of form ${name.form}` };
  }
}

function emailOf(text: string): ConstrainedName {
  return { form: 'email', ...(mailboxOf(text) ?? unusable(text)) };
}

/**
 * The host of a URI with an authority. RFC 5280 section 4.2.1.10 refuses, under a constraint, one
 * that has none or names an address; more than one `@` is refused as readers disagree about it.
 */
function uriOf(text: string): ConstrainedName {
  const match = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@\\]*@)?([^/?#@:\\]+)(?::\d*)?(?:[/?#]|$)/i.exec(
    text,
  );
  const host = hostNameOf(match?.[1] ?? '');
  return host === undefined ? { form: 'uri', ...unusable(text) } : { form: 'uri', host };
}

function unusable(text: string): { readonly unusable: string } {
  return { unusable: `the name ${JSON.stringify(text.slice(0, 100))}` };
}

/**
 * Distinguished names as people paste them into a configuration. A text is understood where it has
 * one meaning; one that two tools print for two different certificates is refused, both named.
 */

import { typeOfToolName } from './attribute-types.ts';
import { formatDistinguishedName, sameDistinguishedName } from './distinguished-name.ts';
import type { DistinguishedName } from './distinguished-name.ts';
import { directionOf } from './distinguished-name-order.ts';
import type { Direction } from './distinguished-name-order.ts';
import { nameProblem, openNameText, readRdns } from './distinguished-name-reader.ts';
import type { NameReader } from './distinguished-name-reader.ts';
import { formatSlashName, parseSlashName } from './distinguished-name-slash.ts';

/**
 * How a text is spaced. `compact` is RFC 4514 to the letter; `openssl` has spaces around `=`, or the
 * label that only OpenSSL prints; `spaced` has spaces after its commas only.
 */
type Spacing = 'compact' | 'spaced' | 'openssl';

type Order = 'rfc' | 'certificate' | 'ambiguous';

/**
 * Where what the spacing says of the tool and what the types say of the name agree, that is the
 * order. A compact text is read as RFC 4514 or not at all, for there it has its meaning by the
 * letter. Spaced text comes from both kinds of tools: it takes a name that ends at a root of the
 * directory, as then only a certificate that runs backwards could be the other one.
 */
const ORDERS: Readonly<Record<Spacing, Readonly<Record<Direction, Order>>>> = {
  compact: {
    to_root: 'rfc',
    upwards: 'rfc',
    none: 'rfc',
    downwards: 'ambiguous',
    from_root: 'ambiguous',
  },
  spaced: {
    to_root: 'rfc',
    upwards: 'ambiguous',
    none: 'ambiguous',
    downwards: 'ambiguous',
    from_root: 'certificate',
  },
  openssl: {
    to_root: 'ambiguous',
    upwards: 'ambiguous',
    none: 'ambiguous',
    downwards: 'certificate',
    from_root: 'certificate',
  },
};

/** As `openssl x509 -subject` begins its line. */
const LABEL = /^\s*subject\s*=\s*(?=[^\s,;+])/i;

/**
 * Reads a name as RFC 4514 and RFC 2253 spell it, as OpenSSL prints it (one line with or without
 * spaces, `-nameopt RFC2253`, slash form, `subject=` in front), as Java prints it (`toString`,
 * `getName`) or as Windows does. `spellDistinguishedName` of the result is its plain form.
 *
 * @throws CertificateError `certificate_malformed`; where the order of the RDNs can't be told, the
 *   message has both readings, each in a spelling that is understood.
 */
export function readDistinguishedNameSpelling(spelling: string): DistinguishedName {
  const text = spelling.replace(/\r?\n$/, '').replace(LABEL, '');
  const reader = openNameText(text);
  const lineBreak = text.search(/[\r\n]/);
  if (lineBreak !== -1) {
    reader.offset = lineBreak;
    throw nameProblem(reader, 'a line break, expected the name on one line');
  }
  if (text.startsWith('/')) return parseSlashName(text);

  const rdns = readRdns(reader, { typeOf: typeOfToolName, olderForms: true });
  const readings = { rfc: Object.freeze(rdns.toReversed()), certificate: Object.freeze(rdns) };
  if (sameDistinguishedName(readings.rfc, readings.certificate)) return readings.rfc;
  const order = ORDERS[spacingOf(reader, LABEL.test(spelling))][directionOf(rdns)];
  if (order !== 'ambiguous') return readings[order];
  reader.offset = 0;
  throw nameProblem(
    reader,
    'the order is ambiguous, as some tools begin with the first part of the certificate and some ' +
      `with the last: ${describeReading(readings.rfc)}, ${describeReading(readings.certificate)}`,
  );
}

/**
 * A spelling that `readDistinguishedNameSpelling` takes for this name: RFC 4514 text, or the slash
 * form where RFC 4514 text would be refused as ambiguous.
 */
export function spellDistinguishedName(name: DistinguishedName): string {
  const text = formatDistinguishedName(name);
  if (ORDERS.compact[directionOf(name.toReversed())] === 'rfc') return text;
  return formatSlashName(name) ?? text;
}

function spacingOf({ spaces }: NameReader, isLabelled: boolean): Spacing {
  if (spaces.aroundEquals) return 'openssl';
  if (!spaces.aroundSeparators) return 'compact';
  return isLabelled ? 'openssl' : 'spaced';
}

function describeReading(name: DistinguishedName): string {
  const start = formatDistinguishedName(name.slice(0, 1));
  return `write ${spellDistinguishedName(name)} for a subject that begins with ${start}`;
}

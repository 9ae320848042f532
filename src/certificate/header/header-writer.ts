/** Writes the certificate header fields of a request, all formats at once, within one budget. */

import type { ClientCertificate, Verdict } from '../client-certificate.ts';
import { codecFor } from './codecs.ts';
import type { Fields } from './header-codec.ts';
import { writtenNames } from './header-choice.ts';
import type { HeaderChoice } from './header-choice.ts';
import { NO_CERTIFICATE, verdictText } from './verdict-text.ts';

export interface HeaderWriterOptions {
  readonly choices: readonly HeaderChoice[];
  /** Most octets of all fields together before chains are left out. */
  readonly maxOctets: number;
  /** Told of what was left out, once for each certificate of a connection. */
  readonly onLeftOut: (facts: LeftOut) => void;
}

export interface LeftOut {
  readonly what: 'chain' | 'certificate';
  readonly thumbprint: string;
  /** What it would have taken, and what it may. */
  readonly octets: number;
  readonly maxOctets: number;
}

export interface HeaderWriter {
  /** Every name that is written, in lower case. */
  readonly names: readonly string[];
  /** The certificate with its validated path where it is trusted, alone otherwise. */
  write(certificate: ClientCertificate, verdict: Verdict): Fields;
  /**
   * What is said where no certificate is shown; undefined: the client presented none. Both give the
   * same list for the same facts, so that whoever sends it need not make lines of it anew.
   */
  writeNone(verdict: Verdict | undefined): Fields;
}

interface Written {
  readonly fields: Fields;
  readonly leftOut: readonly LeftOut[];
}

export function createHeaderWriter(options: HeaderWriterOptions): HeaderWriter {
  const { choices, onLeftOut } = options;
  // A certificate lives as long as its connection; it can have a verdict of its client, too.
  const written = new WeakMap<ClientCertificate, WeakMap<Verdict, Fields>>();
  /** By what is said of the verdict, in one of few words. */
  const none = new Map<string, Fields>();
  const told = new WeakSet<ClientCertificate>();

  const tell = (certificate: ClientCertificate, leftOut: readonly LeftOut[]): void => {
    if (leftOut.length === 0 || told.has(certificate)) return;
    told.add(certificate);
    for (const facts of leftOut) onLeftOut(facts);
  };

  return {
    names: choices.flatMap(writtenNames),

    write: (certificate, verdict) => {
      const byVerdict = written.get(certificate) ?? new WeakMap<Verdict, Fields>();
      const known = byVerdict.get(verdict);
      if (known !== undefined) return known;
      const { fields, leftOut } = writeAll(certificate, verdict, options);
      written.set(certificate, byVerdict.set(verdict, fields));
      tell(certificate, leftOut);
      return fields;
    },

    writeNone: (verdict) => {
      const text = verdict === undefined ? NO_CERTIFICATE : verdictText(verdict);
      const known = none.get(text);
      if (known !== undefined) return known;
      const fields = choices.flatMap((choice) => verdictField(choice, text));
      none.set(text, fields);
      return fields;
    },
  };
}

function writeAll(
  certificate: ClientCertificate,
  verdict: Verdict,
  { choices, maxOctets }: HeaderWriterOptions,
): Written {
  const { der: leaf, thumbprint } = certificate;
  const path = verdict.kind === 'trusted' ? verdict.intermediates : [];
  const write = ({ format, names, chain }: HeaderChoice, wanted: readonly Uint8Array[]): Fields =>
    codecFor(format).write({ leaf, chain: chain ? wanted : [] }, names);
  const octets = octetsOf(choices.flatMap((choice) => write(choice, path)));
  const fits = octets <= maxOctets || path.length === 0;
  const leftOut: LeftOut[] = fits ? [] : [{ what: 'chain', thumbprint, octets, maxOctets }];

  const fields = choices.flatMap((choice) => {
    const { maxLeafOctets = Number.POSITIVE_INFINITY } = choice;
    const own = write(choice, fits ? path : []);
    const leafOctets = own[0]?.[1].length ?? 0;
    if (leafOctets <= maxLeafOctets) return [...own, ...verdictField(choice, verdictText(verdict))];
    // What the server would cut or refuse; without it the client is nobody there.
    leftOut.push({
      what: 'certificate',
      thumbprint,
      octets: leafOctets,
      maxOctets: maxLeafOctets,
    });
    return verdictField(choice, NO_CERTIFICATE);
  });
  return { fields, leftOut };
}

function verdictField({ verdictName }: HeaderChoice, text: string): Fields {
  return verdictName === undefined ? [] : [[verdictName, text]];
}

/** Names and values with the colon, space and line break between them; all of it is ASCII. */
function octetsOf(fields: Fields): number {
  return fields.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
}

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
  /** What is said where no certificate is shown; undefined: the client presented none. */
  writeNone(verdict: Verdict | undefined): Fields;
}

interface Written {
  readonly verdict: Verdict;
  readonly fields: Fields;
}

export function createHeaderWriter(options: HeaderWriterOptions): HeaderWriter {
  const { choices } = options;
  // Lives as long as the connection that the certificate was read from.
  const written = new WeakMap<ClientCertificate, Written>();

  return {
    names: choices.flatMap(writtenNames),

    write: (certificate, verdict) => {
      const known = written.get(certificate);
      // Verdicts are kept by who gives them: another one is another moment or another world.
      if (known?.verdict === verdict) return known.fields;
      const fields = writeAll(certificate, verdict, options);
      written.set(certificate, { verdict, fields });
      return fields;
    },

    writeNone: (verdict) => {
      const text = verdict === undefined ? NO_CERTIFICATE : verdictText(verdict);
      return choices.flatMap((choice) => verdictField(choice, text));
    },
  };
}

function writeAll(
  certificate: ClientCertificate,
  verdict: Verdict,
  { choices, maxOctets, onLeftOut }: HeaderWriterOptions,
): Fields {
  const { thumbprint } = certificate;
  const chain = verdict.kind === 'trusted' ? verdict.intermediates : [];
  const write = (each: HeaderChoice, wanted: readonly Uint8Array[]): Fields =>
    codecFor(each.format).write(
      { leaf: certificate.der, chain: each.chain ? wanted : [] },
      each.names,
    );
  const octets = octetsOf(choices.flatMap((choice) => write(choice, chain)));
  const fits = octets <= maxOctets || chain.length === 0;
  if (!fits) onLeftOut({ what: 'chain', thumbprint, octets, maxOctets });

  return choices.flatMap((choice) => {
    const fields = write(choice, fits ? chain : []);
    const leafOctets = fields[0]?.[1].length ?? 0;
    const { maxLeafOctets = Number.POSITIVE_INFINITY } = choice;
    if (leafOctets <= maxLeafOctets)
      return [...fields, ...verdictField(choice, verdictText(verdict))];
    // What the server would cut or refuse; without it the client is nobody there.
    onLeftOut({ what: 'certificate', thumbprint, octets: leafOctets, maxOctets: maxLeafOctets });
    return verdictField(choice, NO_CERTIFICATE);
  });
}

function verdictField({ verdictName }: HeaderChoice, text: string): Fields {
  return verdictName === undefined ? [] : [[verdictName, text]];
}

/** Names and values with the colon, space and line break between them; all of it is ASCII. */
function octetsOf(fields: Fields): number {
  return fields.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
}

/** How a certificate travels to an upstream: the header fields that each codec writes. */

import type { ClientCertificate, Verdict } from '../certificate/client-certificate.ts';
import { codecFor } from '../certificate/header/codecs.ts';
import type { HeaderFormat } from '../certificate/header/header-codec.ts';
import type { HeaderChoice } from '../certificate/header/header-choice.ts';
import { createHeaderWriter } from '../certificate/header/header-writer.ts';

export interface CarriedHeader {
  readonly format: HeaderFormat;
  readonly name: string;
  readonly value: string;
}

/** What is shown where a configuration does not state them otherwise. */
const USUAL: readonly HeaderFormat[] = ['rfc9440', 'one_line_pem'];

/** Returns the fields of the configured headers, then those of the usual formats not among them. */
export function carriedHeaders(
  certificate: ClientCertificate,
  verdict: Verdict,
  configured: readonly HeaderChoice[],
): readonly CarriedHeader[] {
  const formats = new Set(configured.map(({ format }) => format));
  const usual = USUAL.filter((format) => !formats.has(format)).map(usualChoice);
  return [...configured, ...usual].flatMap((choice) => {
    const writer = createHeaderWriter({
      choices: [choice],
      maxOctets: Number.POSITIVE_INFINITY,
      onLeftOut: () => undefined,
    });
    return writer
      .write(certificate, verdict)
      .map(([name, value]) => ({ format: choice.format, name, value }));
  });
}

function usualChoice(format: HeaderFormat): HeaderChoice {
  return { format, names: codecFor(format).names, chain: true };
}

/** How a certificate travels to an upstream: the header fields that each codec writes. */

import type { ClientCertificate, Verdict } from '../certificate/client-certificate.ts';
import { codecFor } from '../certificate/header/codecs.ts';
import { HEADER_FORMATS } from '../certificate/header/header-codec.ts';
import type { HeaderFormat } from '../certificate/header/header-codec.ts';
import type { HeaderChoice } from '../certificate/header/header-choice.ts';
import { createHeaderWriter } from '../certificate/header/header-writer.ts';

export interface CarriedHeader {
  readonly format: HeaderFormat;
  readonly name: string;
  readonly value: string;
  /** Whether the upstream of the configuration gets it. */
  readonly configured: boolean;
}

/** Returns the fields of the configured headers, then those of every format that is not among them. */
export function carriedHeaders(
  certificate: ClientCertificate,
  verdict: Verdict,
  configured: readonly HeaderChoice[],
): readonly CarriedHeader[] {
  const formats = new Set(configured.map(({ format }) => format));
  const others = HEADER_FORMATS.filter((format) => !formats.has(format)).map(usualChoice);
  const choices = [
    ...configured.map((choice) => ({ choice, configured: true })),
    ...others.map((choice) => ({ choice, configured: false })),
  ];
  return choices.flatMap(({ choice, configured: isConfigured }) => {
    const writer = createHeaderWriter({
      choices: [choice],
      maxOctets: Number.POSITIVE_INFINITY,
      onLeftOut: () => undefined,
    });
    return writer.write(certificate, verdict).map(([name, value]) => ({
      format: choice.format,
      name,
      value,
      configured: isConfigured,
    }));
  });
}

function usualChoice(format: HeaderFormat): HeaderChoice {
  return { format, names: codecFor(format).names, chain: true };
}

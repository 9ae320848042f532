/** Which certificate headers the server behind the gateway gets, as the configuration has it. */

import { createCertificateProof } from '../certificate/header/certificate-proof.ts';
import { writtenNames } from '../certificate/header/header-choice.ts';
import type { HeaderChoice } from '../certificate/header/header-choice.ts';
import { createHeaderWriter } from '../certificate/header/header-writer.ts';
import type { Material } from '../config/check.ts';
import type { Config, UpstreamConfig } from '../config/schema.ts';
import { createCertificateFields } from '../oauth/certificate-fields.ts';
import type { CertificateFields, CertificateProofField } from '../oauth/certificate-fields.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** The certificate alone: what the embedded service must know of trust is decided before it. */
export function embeddedCertificateFields(): CertificateFields {
  const writer = createHeaderWriter({
    choices: [{ format: 'rfc9440', names: { leaf: 'client-cert' }, chain: false }],
    maxOctets: Number.POSITIVE_INFINITY,
    onLeftOut: () => undefined,
  });
  return createCertificateFields({
    writer,
    proof: undefined,
    showsUnvouched: true,
    now: Date.now,
  });
}

export function upstreamCertificateFields(
  config: UpstreamConfig,
  { material, telemetry }: { readonly material: Material; readonly telemetry: Telemetry },
): CertificateFields {
  const writer = createHeaderWriter({
    choices: config.certificate_headers,
    maxOctets: config.max_certificate_header_bytes,
    onLeftOut: ({ what, thumbprint, octets, maxOctets }) =>
      telemetry.log('warn', `the ${what} is left out of the certificate headers: too long`, {
        thumbprint,
        bytes: octets,
        max_bytes: maxOctets,
      }),
  });
  return createCertificateFields({
    writer,
    proof: proofField(config, material),
    showsUnvouched: false,
    now: Date.now,
  });
}

/** Returns the certificate headers of the configured upstream. */
export function writtenHeaders({ token_service: service }: Config): readonly HeaderChoice[] {
  return 'embedded' in service ? [] : service.upstream.certificate_headers;
}

/** Returns the name of every field that only the gateway writes, in lower case. */
export function writtenHeaderNames(config: Config): readonly string[] {
  const { token_service: service } = config;
  const proof = 'upstream' in service ? service.upstream.certificate_proof : undefined;
  const names = writtenHeaders(config).flatMap(writtenNames);
  return proof === undefined ? names : [...names, proof.name];
}

function proofField(
  { certificate_proof: proof }: UpstreamConfig,
  { certificateProofKey: key }: Material,
): CertificateProofField | undefined {
  if (proof === undefined || key === undefined) return undefined;
  return { name: proof.name, write: createCertificateProof(Buffer.from(key)) };
}

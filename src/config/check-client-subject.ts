/** What tls_client_auth compares: a subject, pins of keys, CAs of the client's own. */

import {
  readRegisteredSubject,
  SUBJECT_PARAMETERS,
} from '../certificate/name/registered-subject.ts';
import type { RegisteredSubject, SubjectMetadata } from '../certificate/name/registered-subject.ts';
import { parsePublicKeyPin } from '../certificate/thumbprint.ts';
import type { FoundCertificate } from './certificate-files.ts';
import { readCaFiles } from './check-trust-stores.ts';
import type { KeyPath } from './positions.ts';
import type { Report } from './report.ts';
import type { ClientConfig } from './schema.ts';

export interface ClientSubject {
  readonly subject?: RegisteredSubject;
  readonly publicKeyPins: readonly string[];
  readonly trustAnchors: readonly FoundCertificate[];
}

/** Reads what is registered for a client of the method; it has exactly one subject. */
export async function checkClientSubject(
  client: ClientConfig,
  keyPath: KeyPath,
  report: Report,
): Promise<ClientSubject> {
  const method = client.token_endpoint_auth_method;
  const isGiven = SUBJECT_PARAMETERS.some((key) => client[key] !== undefined);
  if (method !== 'tls_client_auth' && !(method === 'certificate_and_secret' && isGiven)) {
    return { publicKeyPins: [], trustAnchors: [] };
  }
  const subject = readSubject(client, keyPath, report);
  const publicKeyPins = readPins(client, keyPath, report);
  const anchorsKey = [...keyPath, 'trust_anchors'];
  const trustAnchors = await readCaFiles(client.trust_anchors, anchorsKey, report);
  return {
    ...(subject !== undefined && { subject }),
    publicKeyPins,
    trustAnchors: trustAnchors ?? [],
  };
}

function readSubject(
  client: ClientConfig,
  keyPath: KeyPath,
  report: Report,
): RegisteredSubject | undefined {
  const metadata: SubjectMetadata = Object.fromEntries(
    SUBJECT_PARAMETERS.map((key) => [key, client[key]]),
  );
  const outcome = readRegisteredSubject(metadata);
  if ('subject' in outcome) return outcome.subject;
  for (const { key, text } of outcome.problems) report.add([...keyPath, key], text);
  return undefined;
}

function readPins(client: ClientConfig, keyPath: KeyPath, report: Report): readonly string[] {
  return client.spki_pins.flatMap((text, index) => {
    const pin = parsePublicKeyPin(text);
    if (pin !== undefined) return [pin];
    const problem = 'is no SHA-256 of a public key in hex, base64 or base64url';
    report.add([...keyPath, 'spki_pins', index], problem);
    return [];
  });
}

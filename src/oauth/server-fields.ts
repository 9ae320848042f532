/** The fields of a request to the server behind the gateway that is made of a call. */

import type { HeaderList } from '../http/exchange.ts';
import { FieldNames } from '../http/field-names.ts';
import { createForwardedFields, isForwarded } from '../http/forwarded.ts';
import type { PublicOrigin } from '../http/forwarded.ts';
import type { Call } from './call.ts';
import type { CertificateFieldsOfCall } from './certificate-fields.ts';

/** Never forwarded as they came: they speak of a body or a hop that is not the one we make. */
export const REPLACED = new FieldNames(['host', 'expect']);
export const REPLACED_WITH_BODY = REPLACED.with([
  'content-length',
  'content-type',
  'content-encoding',
  'accept-encoding',
]);

/** The same where the gateway presents the client by a credential of its own. */
export const REPLACED_WITH_CREDENTIAL = REPLACED_WITH_BODY.with(['authorization']);

/** What would make the answer a part of the document, or none at all (RFC 9110 sections 13 and 14). */
export const REPLACED_FOR_DOCUMENT = REPLACED_WITH_BODY.with([
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
]);

export interface ServerFields {
  /** Those of this request alone; whoever asks may add to them. */
  readonly headers: HeaderList[number][];
  /** Lists that come again with other requests. */
  readonly standing: readonly HeaderList[];
}

/** Makes the fields of a call but those that are `replaced`, with our own among them. */
export type MakeServerFields = (
  call: Call,
  replaced: FieldNames,
  certificate: CertificateFieldsOfCall,
) => ServerFields;

/** @param origin where the server publishes itself; undefined for a foreign server. */
export function createServerFields(origin: PublicOrigin | undefined): MakeServerFields {
  const forwarded = createForwardedFields(origin);
  return (call, replaced, certificate) => {
    const { exchange } = call;
    const headers: HeaderList[number][] = [];
    if (origin !== undefined) headers.push(['host', origin.authority]);
    for (const field of call.headers) {
      if (!replaced.has(field[0]) && !isForwarded(field[0])) headers.push(field);
    }
    headers.push(['x-request-id', exchange.requestId]);
    if (certificate.proof !== undefined) headers.push(certificate.proof);
    return { headers, standing: [forwarded(call.forwarding, exchange.host), certificate.standing] };
  };
}

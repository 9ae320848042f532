/** Under what name an answer to introspection is kept: everything that it may depend on. */

import { hash } from 'node:crypto';

import type { HeaderList } from '../http/exchange.ts';
import { FieldNames } from '../http/field-names.ts';
import { fieldValues, listMembers, withoutFields } from '../http/header-list.ts';
import type { Call } from './call.ts';
import type { TokenQuestion } from './token-question.ts';

/**
 * Fields that give no right to anything and differ from request to request, or that never reach the
 * server as they came.
 */
const IGNORED = new FieldNames([
  'accept-encoding',
  'baggage',
  'content-length',
  'content-type',
  'date',
  'expect',
  'forwarded',
  'host',
  'traceparent',
  'tracestate',
  'user-agent',
  'via',
  'uber-trace-id',
  'x-amzn-trace-id',
  'x-cloud-trace-context',
  'x-correlation-id',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-request-id',
  'x-request-start',
]);

/** What the key covers, so that an answer may vary by it. */
const COVERED = new FieldNames(['accept', 'accept-encoding', 'authorization', 'cookie', 'origin']);

/**
 * SHA-256 over the form, so over token, hint and credentials in it, over every field of the caller
 * that may be a credential or choose the answer, over the authority it asked for, over its
 * certificate, and over the address of a caller that the server may know by nothing else. Undefined
 * for a caller whose credential is good for one request only.
 */
export function introspectionKey(
  { exchange, forwarding, headers, presentation }: Call,
  { form, decision }: TokenQuestion,
): string | undefined {
  if (form.get('client_assertion') !== undefined || fieldValues(headers, 'dpop').length > 0) {
    return undefined;
  }
  const fields = withoutFields(headers, IGNORED).map(([name, value]) => [
    name.toLowerCase(),
    value,
  ]);
  const certificate =
    presentation.kind === 'presented'
      ? [presentation.certificate.thumbprint, presentation.verdict.kind]
      : [];
  const known = [decision.kind, decision.client?.clientId ?? null];
  // A server may have a tenant for each authority that its callers ask for.
  const asked = [forwarding.host ?? exchange.host, forwarding.proto ?? 'https'];
  const hasCredential =
    decision.kind === 'authenticated' ||
    certificate.length > 0 ||
    form.get('client_secret') !== undefined ||
    fieldValues(headers, 'authorization').length > 0;
  const address = hasCredential ? [] : forwarding.path;
  // JSON keeps the parts apart, so that no two questions have the same text.
  const text = JSON.stringify([form.entries, fields, certificate, known, asked, address]);
  return hash('sha256', text, 'base64url');
}

/** False for an answer that depends on more than the key covers (RFC 9110 section 12.5.5). */
export function isCoveredByKey(headers: HeaderList): boolean {
  return listMembers(headers, 'vary').every((name) => name === '' || COVERED.has(name));
}

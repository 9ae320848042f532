/**
 * What a request offers to authenticate its client, before anybody looks up the client
 * (RFC 6749 section 2.3: never more than one method in a request).
 */

import { RequestError } from '../errors.ts';
import type { Form } from '../http/form.ts';
import { fieldValues } from '../http/header-list.ts';
import { assertionSubject } from './assertion-subject.ts';
import type { Call } from './call.ts';

export interface Evidence {
  readonly clientId: string | undefined;
  /** The credential in the request itself; the certificate of the connection stands beside it. */
  readonly credential: 'none' | 'basic' | 'post' | 'assertion' | 'bearer';
  /** The secret of the credentials `basic` and `post`. */
  readonly secret: string | undefined;
}

/** @throws RequestError `invalid_request` on several methods, or on two different client_ids. */
export function readEvidence(call: Call, form: Form): Evidence {
  const authorization = readAuthorization(call);
  const found: Evidence['credential'][] = [];
  if (authorization !== undefined) found.push(authorization.scheme);
  if (form.get('client_secret') !== undefined) found.push('post');
  const assertion = form.get('client_assertion');
  if (assertion !== undefined) found.push('assertion');
  if (found.length > 1) {
    throw new RequestError({
      status: 400,
      code: 'invalid_request',
      reason: 'client_methods_several',
      publicText: 'the request uses more than one method of client authentication',
      detail: found.join(', '),
    });
  }
  const inBody = form.get('client_id');
  const inHeader = authorization?.clientId;
  // RFC 7521 section 4.2 lets it be left out beside an assertion, which then names the client.
  const clientId = inHeader ?? inBody ?? (assertion && assertionSubject(assertion));
  if (clientId !== undefined) call.journal.clientId = clientId;
  if (inBody !== undefined && inHeader !== undefined && inBody !== inHeader) {
    throw new RequestError({
      status: 400,
      code: 'invalid_request',
      reason: 'client_id_conflict',
      publicText: 'the client_id of the body is not that of the authorization header',
    });
  }
  const secret = authorization?.secret ?? form.get('client_secret');
  return { clientId, credential: found[0] ?? 'none', secret };
}

interface Authorization {
  readonly scheme: 'basic' | 'bearer';
  readonly clientId: string | undefined;
  readonly secret: string | undefined;
}

const BEARER: Authorization = { scheme: 'bearer', clientId: undefined, secret: undefined };

/** @throws RequestError 401 when the header can't be read, or stands twice. */
function readAuthorization(call: Call): Authorization | undefined {
  const values = fieldValues(call.headers, 'authorization');
  const [value] = values;
  if (value === undefined) return undefined;
  if (values.length === 1) {
    const read = /^bearer [\x21-\x7e]+$/i.test(value) ? BEARER : basicCredentials(value);
    if (read !== undefined) return read;
  }
  throw new RequestError({
    status: 401,
    code: 'invalid_client',
    reason: 'request_malformed',
    publicText: 'the authorization header can not be read',
    headers: [['www-authenticate', 'Basic realm="certbound", charset="UTF-8"']],
  });
}

/** Basic credentials, each part form-encoded before base64 (RFC 6749 section 2.3.1). */
function basicCredentials(value: string): Authorization | undefined {
  if (!BASIC.test(value)) return undefined;
  const text = Buffer.from(value.slice('basic '.length), 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) return undefined;
  try {
    return {
      scheme: 'basic',
      clientId: formDecoded(text.slice(0, colon)),
      secret: formDecoded(text.slice(colon + 1)),
    };
  } catch {
    return undefined;
  }
}

const BASIC = /^basic [A-Za-z0-9+/]+={0,2}$/i;

/** @throws URIError */
function formDecoded(part: string): string {
  return /[%+]/.test(part) ? decodeURIComponent(part.replaceAll('+', ' ')) : part;
}

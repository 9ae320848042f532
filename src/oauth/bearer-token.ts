/** The access token of a request, in the one place where it may stand (RFC 6750 section 2.1). */

import { RequestError } from '../errors.ts';
import type { Reason } from '../errors.ts';
import { readRequestBody } from '../http/body.ts';
import type { Exchange } from '../http/exchange.ts';
import { fieldValues } from '../http/header-list.ts';
import { namesParameter } from '../http/parameter-names.ts';
import type { Call } from './call.ts';
import { isPlainForm } from './plain-form.ts';

/** Of a form that is looked through. Other bodies stream and have no such bound. */
const MAX_FORM_BYTES = 262_144;

const PARAMETER = 'access_token';

const CHALLENGE = 'Bearer realm="certbound"';

/**
 * Returns the token. A token at another place is refused, also beside this one: a server that reads
 * it there would answer for a token that nobody has looked at.
 *
 * @throws RequestError 400 `invalid_request`; 401 without an error code where there is no token
 * (RFC 6750 section 3.1).
 */
export function readBearerToken({ headers, exchange }: Call): string {
  if (namesParameter(exchange.target.query ?? '', PARAMETER)) {
    throw invalidRequest('request_parameter_in_query', 'the token must not stand in the query');
  }
  const values = fieldValues(headers, 'authorization');
  if (values.length > 1) {
    throw invalidRequest('request_header_ambiguous', 'there is more than one authorization header');
  }
  const [value = ''] = values;
  // Of another scheme, the request is one without a token.
  if (!/^bearer(?: |$)/i.test(value)) {
    throw new RequestError({
      status: 401,
      code: 'token_required',
      reason: 'token_absent',
      publicText: 'an access token is required in the authorization header',
      headers: [['www-authenticate', CHALLENGE]],
    });
  }
  const token = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(value)?.[1];
  if (token !== undefined) return token;
  throw invalidRequest('request_malformed', 'the authorization header can not be read');
}

/**
 * Returns the body of a form, which has to be looked through before it goes on; undefined for every
 * other body, which may stream.
 *
 * @throws RequestError 400 `invalid_request` for a token in it (RFC 6750 section 2.2) and for a form
 * that can't be looked through, 413 for a large one.
 */
export async function readFormWithoutToken(exchange: Exchange): Promise<Buffer | undefined> {
  const types = fieldValues(exchange.headers, 'content-type');
  if (!exchange.hasBody || !types.some((type) => /x-www-form-urlencoded/i.test(type))) {
    return undefined;
  }
  if (!isPlainForm(exchange.headers)) {
    throw invalidRequest('request_content_type', 'a form must be sent plainly');
  }
  const body = await readRequestBody(exchange.arrivedBody ?? exchange.body, MAX_FORM_BYTES);
  if (!namesParameter(body.toString('latin1'), PARAMETER)) return body;
  throw invalidRequest('request_token_in_body', 'the token must not stand in the body');
}

/** RFC 6750 section 3.1. The text is one for all, so that nobody learns which tokens exist. */
export function invalidToken(reason: Reason, detail?: string): RequestError {
  const publicText = 'the token is unknown, expired, revoked or bound to another certificate';
  return new RequestError({
    status: 401,
    code: 'invalid_token',
    reason,
    publicText,
    ...(detail === undefined ? {} : { detail }),
    headers: [['www-authenticate', challenge('invalid_token', publicText)]],
  });
}

function invalidRequest(reason: Reason, publicText: string): RequestError {
  return new RequestError({
    status: 400,
    code: 'invalid_request',
    reason,
    publicText,
    headers: [['www-authenticate', challenge('invalid_request', publicText)]],
  });
}

/** The texts are ours and hold no quotes. */
function challenge(code: string, text: string): string {
  return `${CHALLENGE}, error="${code}", error_description="${text}"`;
}

/** Which form of answer to introspection is asked for where `cnf` must be added to it. */

import { RequestError } from '../errors.ts';
import { FieldNames } from '../http/field-names.ts';
import { fieldValues, withoutFields } from '../http/header-list.ts';
import type { Call } from './call.ts';

const ACCEPT = new FieldNames(['accept']);
const JSON_ALONE = ['accept', 'application/json'] as const;

/**
 * The call with JSON as the only form that it asks for: a signed answer (RFC 9701) can't be changed.
 *
 * @throws RequestError 406 for a caller that takes no JSON.
 */
export function askForJson(call: Call): Call {
  const accepted = fieldValues(call.headers, 'accept');
  if (accepted.length > 0 && !takesJson(accepted.join(','))) {
    throw new RequestError({
      status: 406,
      code: 'invalid_request',
      reason: 'request_not_acceptable',
      publicText: 'the answer can be had as application/json only',
    });
  }
  return { ...call, headers: [...withoutFields(call.headers, ACCEPT), JSON_ALONE] };
}

/** RFC 9110 section 12.5.1: the closest range decides. Parameters other than the weight are ignored. */
function takesJson(accept: string): boolean {
  if (accept.trim() === '') return true;
  const weights = new Map(accept.split(',').map(rangeOf));
  const weight =
    weights.get('application/json') ?? weights.get('application/*') ?? weights.get('*/*') ?? 0;
  return weight > 0;
}

function rangeOf(text: string): readonly [range: string, weight: number] {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  return [range, weight === undefined ? 1 : Number(weight.slice(2))];
}

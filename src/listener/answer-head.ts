/** What the head of an answer says of its body: that is ours to decide, whatever its maker gave. */

import type { Readable } from 'node:stream';
import type { HeaderList } from '../http/exchange.ts';
import { LENGTH, isWritableField } from '../http/field-line.ts';
import { FieldNames } from '../http/field-names.ts';
import { isNamed } from '../http/header-list.ts';

/** Never taken from whoever made the answer (RFC 9110 section 7.6.1, RFC 9112 section 6). */
export const FRAMING = new FieldNames([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export interface AnswerFacts {
  readonly status: number;
  readonly headers: HeaderList;
  readonly isBodiless: boolean;
  readonly bytes: Uint8Array | undefined;
  readonly stream: Readable | undefined;
}

/**
 * The length of the body to be announced; undefined for none. An answer to HEAD and a 304 tell that of
 * the body they don't have; a 204 must not.
 *
 * @throws Error when the facts make no final answer: a bug of whoever made it.
 */
export function announcedLength(facts: AnswerFacts): number | undefined {
  const { status, headers, isBodiless, bytes, stream } = facts;
  if (!(status >= 200 && status <= 599)) {
    throw new Error(`${status} is no status of a final answer`);
  }
  if (status === 204) return undefined;
  const given = givenLength(headers);
  // No octets are what whoever passes an answer on has of it: of the length they say nothing.
  if (isBodiless) return given ?? (bytes?.length === 0 ? undefined : bytes?.length);
  return stream === undefined ? (bytes?.length ?? 0) : given;
}

/**
 * The fields but those of these names.
 *
 * @throws Error for one that would be something else than one field.
 */
export function writableFields(headers: HeaderList, without: FieldNames): HeaderList[number][] {
  const fields: HeaderList[number][] = [];
  for (const field of headers) {
    const [name, value] = field;
    if (!isWritableField(name, value)) throw new Error(`the field ${name} can't be written`);
    if (!without.has(name)) fields.push(field);
  }
  return fields;
}

/** Whether a body may follow the head (RFC 9110 section 6.4.1). */
export function mayCarryBody(method: string | undefined, status: number): boolean {
  return method !== 'HEAD' && status !== 204 && status !== 304;
}

function givenLength(headers: HeaderList): number | undefined {
  let length: string | undefined;
  for (const field of headers) {
    if (!isNamed(field, 'content-length')) continue;
    if (length !== undefined || !LENGTH.test(field[1])) throw new Error('no valid content-length');
    length = field[1];
  }
  return length === undefined ? undefined : Number(length);
}

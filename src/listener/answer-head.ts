/** The head of an answer: what its maker gave, with the framing that is ours to decide. */

import type { Readable } from 'node:stream';
import type { HeaderList } from '../http/exchange.ts';
import { isWritableField } from '../http/field-line.ts';
import { fieldValues } from '../http/header-list.ts';

/** Never taken from whoever made the answer (RFC 9110 section 7.6.1, RFC 9112 section 6). */
const FRAMING: ReadonlySet<string> = new Set([
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

export interface AnswerHead {
  /** Each can be written as one line. */
  readonly fields: HeaderList;
  /** The announced length of the body, which is among the fields; undefined for none. */
  readonly length: number | undefined;
}

/** @throws Error when the facts make no final answer: a bug of whoever made it. */
export function headOf(facts: AnswerFacts): AnswerHead {
  if (!(facts.status >= 200 && facts.status <= 599)) {
    throw new Error(`${facts.status} is no status of a final answer`);
  }
  const length = bodyLength(facts);
  const fields = writableFields(facts.headers, FRAMING);
  if (length !== undefined) fields.push(['content-length', String(length)]);
  return { fields, length };
}

/**
 * The fields whose lower-case names are not in `without`.
 *
 * @throws Error for one that would be something else than one field.
 */
export function writableFields(
  headers: HeaderList,
  without: ReadonlySet<string>,
): HeaderList[number][] {
  const fields: HeaderList[number][] = [];
  for (const field of headers) {
    const [name, value] = field;
    if (!isWritableField(name, value)) throw new Error(`the field ${name} can't be written`);
    if (!without.has(name.toLowerCase())) fields.push(field);
  }
  return fields;
}

/** Whether a body may follow the head (RFC 9110 section 6.4.1). */
export function mayCarryBody(method: string | undefined, status: number): boolean {
  return method !== 'HEAD' && status !== 204 && status !== 304;
}

/** An answer to HEAD and a 304 tell the length of the body they don't have; a 204 must not. */
function bodyLength({
  status,
  headers,
  isBodiless,
  bytes,
  stream,
}: AnswerFacts): number | undefined {
  if (status === 204) return undefined;
  const given = givenLength(headers);
  // No octets are what whoever passes an answer on has of it: of the length they say nothing.
  if (isBodiless) return given ?? (bytes?.length === 0 ? undefined : bytes?.length);
  return stream === undefined ? (bytes?.length ?? 0) : given;
}

function givenLength(headers: HeaderList): number | undefined {
  const values = fieldValues(headers, 'content-length');
  const [length] = values;
  if (length === undefined) return undefined;
  if (values.length > 1 || !/^\d{1,15}$/.test(length)) throw new Error('no valid content-length');
  return Number(length);
}

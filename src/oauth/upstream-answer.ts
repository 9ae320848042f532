/** The upstream's answers: passed on as they stream, or read whole where we must look inside. */

import { Readable } from 'node:stream';

import { jsonBytesAnswer } from '../http/answers.ts';
import { whenAtHand } from '../http/at-hand.ts';
import { readBounded } from '../http/body.ts';
import type { Answer, HeaderList } from '../http/exchange.ts';
import { FieldNames } from '../http/field-names.ts';
import { fieldValue, fieldValues, withoutFields } from '../http/header-list.ts';
import { readJsonMembers } from '../http/json-members.ts';
import type { JsonMembers } from '../http/json-members.ts';
import { MAX_JSON_DEPTH, MAX_JSON_VALUES } from '../http/json-extent.ts';
import { invalidAnswer, upstreamFailure } from '../upstream/failure.ts';
import type { UpstreamAnswer } from '../upstream/forward.ts';
import type { SwitchedAnswer } from '../upstream/upgrade.ts';
import type { Call } from './call.ts';
import { decodeBody } from './content-coding.ts';

/** Reading one may not hold the event loop for 5 ms; see also the bounds in http/json-extent.ts. */
const MAX_ANSWER_BYTES = 1_048_576;

/** Fields of a server that only a client may send (RFC 9440 section 2.4), and our own names. */
const REQUEST_ONLY = new FieldNames(['client-cert', 'client-cert-chain', 'certbound-client']);

/** An answer of the server, streaming or read whole already. */
export type ServerAnswer = Omit<UpstreamAnswer, 'body'> & {
  readonly body: UpstreamAnswer['body'];
  /** Its JSON, where somebody has read it already. */
  readonly read?: JsonAnswer;
};

/** The answer as it is. */
export function passAnswer(answer: ServerAnswer): Answer {
  return {
    status: answer.status,
    headers: withoutFields(answer.headers, REQUEST_ONLY),
    body: answer.body,
  };
}

/** The same for an upstream that goes on in another protocol. */
export function passSwitchedAnswer({ status, headers, tunnel }: SwitchedAnswer): Answer {
  return { status, headers: withoutFields(headers, REQUEST_ONLY), tunnel };
}

/** The same for an answer that carries a token: no cache keeps it (RFC 6749 section 5.1). */
export function passTokenAnswer(answer: ServerAnswer): Answer {
  const passed = passAnswer(answer);
  return { ...passed, headers: withNoStore(passed.headers) };
}

/** The server's own refusal reaches the client as it is. */
export function refusedByServer({ journal }: Call, answer: ServerAnswer): Answer {
  journal.outcome = 'refused_upstream';
  journal.reason = 'upstream_refused';
  return passTokenAnswer(answer);
}

/**
 * A success with another status than those expected does not say what the endpoint promises: it is
 * not judged and not passed on. Called when refusals have been dealt with.
 *
 * @throws UpstreamError 502; the answer is then destroyed.
 */
export function expectStatus(answer: ServerAnswer, expected: readonly number[]): void {
  if (expected.includes(answer.status)) return;
  if (answer.body instanceof Readable) answer.body.destroy();
  throw invalidAnswer(`status ${answer.status}`);
}

/** The same for endpoints whose only success is 200. */
export function expectOk(answer: ServerAnswer): void {
  expectStatus(answer, [200]);
}

export interface JsonAnswer {
  readonly text: string;
  readonly json: JsonMembers;
}

/**
 * Reads a successful answer whose JSON we act upon, at once where its body is there and not encoded.
 *
 * @throws UpstreamError 502 unless it is one JSON object in UTF-8, of at most 1 MiB before and after
 * at most two content codings, without a key twice and within the bounds of http/json-extent.ts.
 */
export function readJsonAnswer(answer: ServerAnswer): JsonAnswer | Promise<JsonAnswer> {
  if (answer.read !== undefined) return answer.read;
  return whenAtHand(readDecoded(answer), jsonAnswerOf);
}

function jsonAnswerOf(bytes: Buffer): JsonAnswer {
  const text = decodeUtf8(bytes);
  const json = text === undefined ? undefined : readJsonMembers(text);
  if (text === undefined || json === undefined) {
    throw invalidAnswer(
      `not one JSON object with unique keys in UTF-8, of at most ${MAX_JSON_VALUES} values at ` +
        `${MAX_JSON_DEPTH} levels`,
    );
  }
  return { text, json };
}

/** Fields that speak of the very bytes that a server sent, and those that no server may send. */
export const BYTE_FIELDS = REQUEST_ONLY.with([
  'accept-ranges',
  'content-digest',
  'content-encoding',
  'content-length',
  'content-md5',
  'content-range',
  'digest',
  'etag',
  'last-modified',
  'repr-digest',
  'signature',
  'signature-input',
]);

/** The same with what we say ourselves of the JSON that we send. */
const DESCRIBING = BYTE_FIELDS.with(['cache-control', 'content-type']);

const CACHE_CONTROL = new FieldNames(['cache-control']);

/** The answer with other text in place of its body; fields that describe the old one are dropped. */
export function answerWithText(answer: ServerAnswer, text: string): Answer {
  const headers = withoutFields(answer.headers, DESCRIBING);
  return jsonBytesAnswer(answer.status, Buffer.from(text), headers);
}

/** The whole body without its content codings, at most 1 MiB. @throws UpstreamError */
export function readDecoded(answer: ServerAnswer): Buffer | Promise<Buffer> {
  const { headers } = answer;
  const bytes = readWhole(answer);
  const isEncoded = fieldValues(headers, 'content-encoding').length > 0;
  if (!isEncoded) return bytes;
  return Promise.resolve(bytes).then((whole) => decodeBody(whole, headers, MAX_ANSWER_BYTES));
}

/** The whole body as it came, at most 1 MiB. @throws UpstreamError */
export function readWhole({ body }: ServerAnswer): Buffer | Promise<Buffer> {
  const bytes = readBounded(body, MAX_ANSWER_BYTES);
  if (!(bytes instanceof Promise)) return refuseLarger(bytes, body);
  return bytes.then(
    (read) => refuseLarger(read, body),
    (error: unknown) => {
      throw upstreamFailure(error);
    },
  );
}

function refuseLarger(bytes: Buffer | undefined, body: ServerAnswer['body']): Buffer {
  if (bytes !== undefined) return bytes;
  if (body instanceof Readable) body.destroy();
  throw invalidAnswer(`more than ${MAX_ANSWER_BYTES} bytes`);
}

/** One for all: it keeps nothing of what it has decoded. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

function withNoStore(headers: HeaderList): HeaderList {
  const value = fieldValue(headers, 'cache-control');
  if (value?.toLowerCase().includes('no-store') === true) return headers;
  return [...withoutFields(headers, CACHE_CONTROL), ['cache-control', 'no-store']];
}

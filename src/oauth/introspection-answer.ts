/** What an answer to introspection says, in JSON (RFC 7662) or signed (RFC 9701). */

import { whenAtHand } from '../http/at-hand.ts';
import type { Answer } from '../http/exchange.ts';
import { FieldNames } from '../http/field-names.ts';
import { fieldValue, withoutFields } from '../http/header-list.ts';
import type { JsonMembers } from '../http/json-members.ts';
import { invalidAnswer } from '../upstream/failure.ts';
import { isSignedAnswer, refusedSigned } from './signed-answer.ts';
import type { SignedAnswers } from './signed-answer.ts';
import { answerWithText, passTokenAnswer, readDecoded, readJsonAnswer } from './upstream-answer.ts';
import type { JsonAnswer, ServerAnswer } from './upstream-answer.ts';

export interface IntrospectionAnswer {
  /** What it says of the token. */
  readonly json: JsonMembers;
  readonly isSigned: boolean;
  /**
   * The answer for the caller, with these members changed and all others as they came.
   *
   * @throws UpstreamError 502 for changes of a signed answer.
   */
  changed(changes: ReadonlyMap<string, string | undefined>): Answer;
}

/**
 * Reads a successful answer, at once where its body is there.
 *
 * @throws UpstreamError 502 for one that is neither, or that can't be verified.
 */
export function readIntrospectionAnswer(
  answer: ServerAnswer,
  signedAnswers: SignedAnswers | undefined,
): IntrospectionAnswer | Promise<IntrospectionAnswer> {
  if (isSignedAnswer(answer.headers)) return readSigned(answer, signedAnswers);
  return whenAtHand(readJsonAnswer(answer), (read) => saidInJson(answer, read));
}

function saidInJson(answer: ServerAnswer, { text, json }: JsonAnswer): IntrospectionAnswer {
  return {
    json,
    isSigned: false,
    changed: (changes) => answerWithText(answer, changes.size === 0 ? text : json.changed(changes)),
  };
}

async function readSigned(
  answer: ServerAnswer,
  signedAnswers: SignedAnswers | undefined,
): Promise<IntrospectionAnswer> {
  const jwt = await readDecoded(answer);
  if (signedAnswers === undefined) throw refusedSigned('no keys are configured to verify it');
  return {
    json: await signedAnswers.read(jwt),
    isSigned: true,
    changed: (changes) => {
      if (changes.size > 0) throw refusedSigned('it does not name the certificate');
      return passTokenAnswer({ ...answer, headers: withoutCoding(answer), body: jwt });
    },
  };
}

/** @throws UpstreamError 502 unless the one member that every answer has is a boolean. */
export function isActive(json: JsonMembers): boolean {
  const active = json.value('active');
  if (typeof active === 'boolean') return active;
  throw invalidAnswer('the member "active" is missing or not a boolean');
}

/** Whose token it is, as the server says. */
export function clientIdOf(json: JsonMembers): string | undefined {
  const value = json.value('client_id');
  return typeof value === 'string' ? value : undefined;
}

/** When the token ends, in seconds since the epoch; undefined where the answer says nothing. */
export function expiryOf(json: JsonMembers): number | undefined {
  const value = json.value('exp');
  return typeof value === 'number' && value < MAX_EXPIRY ? value : undefined;
}

/** The last second of the year 9999. */
const MAX_EXPIRY = 253_402_300_799;

export function isJson({ headers }: ServerAnswer): boolean {
  const type = fieldValue(headers, 'content-type') ?? '';
  return /^application\/json\s*(?:;|$)/i.test(type);
}

const OF_CODING = new FieldNames(['content-encoding', 'content-length']);

/** What the decoded bytes no longer are. */
function withoutCoding({ headers }: ServerAnswer) {
  return withoutFields(headers, OF_CODING);
}

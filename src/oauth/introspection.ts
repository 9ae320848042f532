/** The introspection endpoint (RFC 7662), with the confirmation that RFC 8705 section 3.2 adds. */

import type { Binding, Bindings } from '../bindings/bindings.ts';
import { UpstreamError } from '../errors.ts';
import { jsonAnswer } from '../http/answers.ts';
import type { Answer } from '../http/exchange.ts';
import { fieldValues } from '../http/header-list.ts';
import { readJsonMembers } from '../http/json-members.ts';
import type { JsonMembers } from '../http/json-members.ts';
import type { UpstreamAnswer } from '../upstream/forward.ts';
import type { Call, Endpoint } from './call.ts';
import { askAboutToken } from './token-question.ts';
import type { TokenQuestionDeps } from './token-question.ts';
import {
  answerWithText,
  expectOk,
  invalidAnswer,
  passTokenAnswer,
  readJsonAnswer,
  refusedByServer,
} from './upstream-answer.ts';
import type { JsonAnswer } from './upstream-answer.ts';

export interface IntrospectionDeps extends TokenQuestionDeps {
  /** Present when the gateway binds, which is when the server does not. */
  readonly bindings: Bindings | undefined;
}

export function createIntrospectionEndpoint(deps: IntrospectionDeps): Endpoint {
  const { bindings } = deps;
  return async (call) => {
    const { token, answer } = await askAboutToken(call, deps);
    if (answer.status >= 300) return refusedByServer(call, answer);
    // A signed answer (RFC 9701) of a server that binds is complete as it is.
    if (bindings === undefined && !isJson(answer)) return passTokenAnswer(answer);
    expectOk(answer);
    const read = await readJsonAnswer(answer);
    if (!isActive(read.json)) {
      call.journal.outcome = 'inactive';
      return answerWithText(answer, read.text);
    }
    if (bindings === undefined) return passActive(call, answer, read);
    return confirm(call, answer, read, await bindings.lookup(token));
  };
}

function passActive(call: Call, answer: UpstreamAnswer, read: JsonAnswer): Answer {
  call.journal.outcome = read.json.members.has('cnf') ? 'active_bound' : 'active';
  return answerWithText(answer, read.text);
}

/**
 * Adds the confirmation. A token without a row was not issued through us, or its row is lost:
 * nobody can say to whom it belongs, so it is answered as inactive.
 */
function confirm(
  call: Call,
  answer: UpstreamAnswer,
  { text, json }: JsonAnswer,
  binding: Binding | undefined,
): Answer {
  if (binding === undefined) {
    call.journal.outcome = 'inactive';
    call.journal.reason = 'binding_unknown';
    return jsonAnswer(200, { active: false });
  }
  if (binding.thumbprint === undefined) {
    call.journal.outcome = 'active';
    return answerWithText(answer, text);
  }
  call.journal.outcome = 'active_bound';
  const present = json.members.get('cnf');
  if (present === undefined) {
    const confirmation = JSON.stringify({ 'x5t#S256': binding.thumbprint });
    return answerWithText(answer, json.withMember('cnf', confirmation));
  }
  if (confirmedThumbprint(present) !== binding.thumbprint) throw conflict();
  return answerWithText(answer, text);
}

function isActive(json: JsonMembers): boolean {
  const source = json.members.get('active');
  if (source === 'true') return true;
  if (source === 'false') return false;
  throw invalidAnswer('the member "active" is missing or not a boolean');
}

function confirmedThumbprint(source: string): unknown {
  const member = readJsonMembers(source)?.members.get('x5t#S256');
  return member === undefined ? undefined : JSON.parse(member);
}

function isJson(answer: UpstreamAnswer): boolean {
  const [type = ''] = fieldValues(answer.headers, 'content-type');
  return /^application\/json\s*(?:;|$)/i.test(type);
}

function conflict(): UpstreamError {
  return new UpstreamError({
    status: 502,
    reason: 'binding_conflict',
    publicText: 'the identity server gave an answer that can not be used',
    detail: 'the cnf of the identity server names another certificate than the binding',
  });
}

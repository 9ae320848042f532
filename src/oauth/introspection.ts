/** The introspection endpoint (RFC 7662), with the confirmation that RFC 8705 section 3.2 adds. */

import type { FoundToken } from '../bindings/bindings.ts';
import type { ClientRegistry } from '../clients/registry.ts';
import { UpstreamError } from '../errors.ts';
import type { Reason } from '../errors.ts';
import { jsonAnswer } from '../http/answers.ts';
import type { Answer } from '../http/exchange.ts';
import { fieldValues } from '../http/header-list.ts';
import { readJsonMembers } from '../http/json-members.ts';
import type { JsonMembers } from '../http/json-members.ts';
import { invalidAnswer } from '../upstream/failure.ts';
import type { UpstreamAnswer } from '../upstream/forward.ts';
import type { Call, Endpoint } from './call.ts';
import { askAboutToken } from './token-question.ts';
import type { TokenQuestionDeps } from './token-question.ts';
import {
  answerWithText,
  expectOk,
  passTokenAnswer,
  readJsonAnswer,
  refusedByServer,
} from './upstream-answer.ts';
import type { JsonAnswer } from './upstream-answer.ts';

export function createIntrospectionEndpoint(deps: TokenQuestionDeps): Endpoint {
  const { bindings, policy } = deps;
  return async (call) => {
    const { token, found, answer } = await askAboutToken(call, deps);
    if (answer.status >= 300) return refusedByServer(call, answer);
    // A signed answer (RFC 9701) of a server that binds is complete as it is.
    if (found === undefined && !isJson(answer)) return passTokenAnswer(answer);
    expectOk(answer);
    const read = await readJsonAnswer(answer);
    if (!isActive(read.json)) {
      call.journal.outcome = 'inactive';
      return answerWithText(answer, read.text);
    }
    if (found === undefined) return passActive(call, answer, read);
    const expiry = expiryOf(read.json);
    if (expiry !== undefined && expiry > (found.expiresAt ?? Number.POSITIVE_INFINITY)) {
      await bindings?.extend(token, expiry);
    }
    return confirm(call, answer, read, found, policy.registry);
  };
}

function passActive(call: Call, answer: UpstreamAnswer, read: JsonAnswer): Answer {
  call.journal.outcome = read.json.members.has('cnf') ? 'active_bound' : 'active';
  return answerWithText(answer, read.text);
}

/**
 * Adds the confirmation. A token that nothing is known about was not issued through us, or its
 * binding is lost: nobody can say to whom it belongs, so it is answered as inactive, unless the
 * policy of its client binds nothing.
 */
function confirm(
  call: Call,
  answer: UpstreamAnswer,
  { text, json }: JsonAnswer,
  { binding, isRevoked }: FoundToken,
  registry: ClientRegistry,
): Answer {
  const clientId = stringMember(json.members.get('client_id'));
  if (isRevoked) return inactive(call, 'token_revoked');
  if (binding === undefined) {
    if (registry.find(clientId ?? '')?.binding !== 'off') return inactive(call, 'binding_unknown');
    call.journal.outcome = 'active';
    return answerWithText(answer, text);
  }
  if (clientId !== undefined && clientId !== binding.clientId) {
    throw conflict('the client_id of the identity server is not that of the binding');
  }
  const present = json.members.get('cnf');
  if (binding.thumbprint === undefined) {
    if (present !== undefined) throw conflict('the identity server binds what the gateway did not');
    call.journal.outcome = 'active';
    return answerWithText(answer, text);
  }
  call.journal.outcome = 'active_bound';
  if (present === undefined) {
    const confirmation = JSON.stringify({ 'x5t#S256': binding.thumbprint });
    return answerWithText(answer, json.changed(new Map([['cnf', confirmation]])));
  }
  if (confirmedThumbprint(present) !== binding.thumbprint) {
    throw conflict('the cnf of the identity server names another certificate than the binding');
  }
  return answerWithText(answer, text);
}

function inactive({ journal }: Call, reason: Reason): Answer {
  journal.outcome = 'inactive';
  journal.reason = reason;
  return jsonAnswer(200, { active: false });
}

function stringMember(source: string | undefined): string | undefined {
  const value: unknown = source === undefined ? undefined : JSON.parse(source);
  return typeof value === 'string' ? value : undefined;
}

/** When the token ends, in whole seconds since the epoch; undefined where the answer says nothing. */
function expiryOf(json: JsonMembers): number | undefined {
  const source = json.members.get('exp');
  const value: unknown = source === undefined ? undefined : JSON.parse(source);
  return typeof value === 'number' && value < MAX_EXPIRY ? Math.ceil(value) : undefined;
}

/** The last second of the year 9999. */
const MAX_EXPIRY = 253_402_300_799;

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

function conflict(detail: string): UpstreamError {
  return new UpstreamError({
    status: 502,
    reason: 'binding_conflict',
    publicText: 'the identity server gave an answer that can not be used',
    detail,
  });
}

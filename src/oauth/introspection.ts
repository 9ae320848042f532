/** The introspection endpoint (RFC 7662), with the confirmation that RFC 8705 section 3.2 adds. */

import type { Binding, Bindings, FoundToken } from '../bindings/bindings.ts';
import type { ClientRegistry } from '../clients/registry.ts';
import type { Reason } from '../errors.ts';
import { jsonAnswer } from '../http/answers.ts';
import type { Answer } from '../http/exchange.ts';
import { bindingConflict } from './binding-conflict.ts';
import type { Call, Endpoint } from './call.ts';
import { confirmationChange, scopeChange } from './confirmed-answer.ts';
import type { ConfirmationOptions } from './confirmed-answer.ts';
import { askForJson } from './introspection-accept.ts';
import {
  clientIdOf,
  expiryOf,
  isActive,
  isJson,
  readIntrospectionAnswer,
} from './introspection-answer.ts';
import type { IntrospectionAnswer } from './introspection-answer.ts';
import {
  isForItsClientAlone,
  mayHearOf,
  refuseCallerWithoutCertificate,
} from './introspection-callers.ts';
import type { IntrospectionCallers } from './introspection-callers.ts';
import { askServer } from './introspection-question.ts';
import type { AskingDeps } from './introspection-question.ts';
import type { SignedAnswers } from './signed-answer.ts';
import { readTokenQuestion } from './token-question.ts';
import type { TokenQuestionDeps } from './token-question.ts';
import { expectOk, passTokenAnswer, refusedByServer } from './upstream-answer.ts';

export interface IntrospectionDeps extends TokenQuestionDeps, AskingDeps {
  /** Knows the clients whose tokens may have no binding. */
  readonly registry: ClientRegistry;
  readonly callers: IntrospectionCallers;
  readonly confirmation: ConfirmationOptions;
  /** Present where signed answers can be verified. */
  readonly signedAnswers: SignedAnswers | undefined;
}

export function createIntrospectionEndpoint(deps: IntrospectionDeps): Endpoint {
  const { bindings, callers } = deps;
  return async (call) => {
    const asked = readTokenQuestion(call, deps);
    // No wait for what is at hand, here and below.
    const question = asked instanceof Promise ? await asked : asked;
    const { token, found, decision } = question;
    refuseCallerWithoutCertificate(decision, callers);
    const answer = await askServer(found === undefined ? call : askForJson(call), question, deps);
    if (answer.status >= 300) return refusedByServer(call, answer);
    // A signed answer (RFC 9701) of a server that binds is complete as it is.
    if (found === undefined && !isJson(answer) && mayHearOf(undefined, decision, callers)) {
      return passTokenAnswer(answer);
    }
    expectOk(answer);
    const read = readIntrospectionAnswer(answer, deps.signedAnswers);
    const said = read instanceof Promise ? await read : read;
    if (!isActive(said.json)) {
      call.journal.outcome = 'inactive';
      return said.changed(new Map());
    }
    const owner = found?.binding?.clientId ?? clientIdOf(said.json);
    if (!mayHearOf(owner, decision, callers) || isForItsClientAlone(found?.binding, decision)) {
      return inactive(call, 'caller_not_entitled');
    }
    if (found === undefined) return passActive(call, said);
    const extended = outlive(token, found, { said, bindings });
    if (extended !== undefined) await extended;
    if (found.isRevoked) return inactive(call, 'token_revoked');
    if (found.binding === undefined && !(await mayBeUnbound(said, deps))) {
      return inactive(call, 'binding_unknown');
    }
    return confirm(call, said, found.binding, deps);
  };
}

function passActive(call: Call, said: IntrospectionAnswer): Answer {
  call.journal.outcome = said.json.has('cnf') ? 'active_bound' : 'active';
  return said.changed(new Map());
}

/** A binding must not end before its token does. */
function outlive(
  token: string,
  { expiresAt = Number.POSITIVE_INFINITY }: FoundToken,
  {
    said,
    bindings,
  }: { readonly said: IntrospectionAnswer; readonly bindings: Bindings | undefined },
): Promise<void> | undefined {
  const expiry = Math.ceil(expiryOf(said.json) ?? 0);
  return expiry > expiresAt ? bindings?.extend(token, expiry) : undefined;
}

/**
 * Whether the policy of its client binds nothing. Any other token that nothing is known about was not
 * issued through us, or its binding is lost: nobody can say to whom it belongs.
 */
async function mayBeUnbound(
  { json }: IntrospectionAnswer,
  { registry }: IntrospectionDeps,
): Promise<boolean> {
  const client = await registry.find(clientIdOf(json) ?? '');
  return client?.binding === 'off';
}

/**
 * Adds the confirmation. The `cnf` of a token that is bound to no certificate is the server's affair.
 */
function confirm(
  call: Call,
  said: IntrospectionAnswer,
  binding: Binding | undefined,
  { confirmation }: IntrospectionDeps,
): Answer {
  const { json, isSigned } = said;
  const clientId = clientIdOf(json);
  if (binding !== undefined && clientId !== undefined && clientId !== binding.clientId) {
    throw bindingConflict('the client_id of the identity server is not that of the binding');
  }
  const changes = new Map<string, string>();
  // What is only for convenience a signed answer can do without.
  const wanted = isSigned ? NOTHING_MORE : confirmation;
  const scope = scopeChange(json, wanted);
  if (scope !== undefined) changes.set('scope', scope);
  const thumbprint = binding?.thumbprint;
  if (thumbprint !== undefined) {
    const cnf = confirmationChange(json.source('cnf'), thumbprint, wanted);
    if (cnf !== undefined) changes.set('cnf', cnf);
  }
  const answer = said.changed(changes);
  call.journal.outcome = thumbprint === undefined ? 'active' : 'active_bound';
  return answer;
}

const NOTHING_MORE: ConfirmationOptions = { legacyX5tSha256: false, removeHiddenScopes: false };

function inactive({ journal }: Call, reason: Reason): Answer {
  journal.outcome = 'inactive';
  journal.reason = reason;
  return jsonAnswer(200, { active: false });
}

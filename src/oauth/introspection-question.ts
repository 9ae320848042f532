/** Asking the server about a token, or the answers that are kept. */

import type { UpstreamAnswer } from '../upstream/forward.ts';
import type { HeaderList } from '../http/exchange.ts';
import { fieldValues } from '../http/header-list.ts';
import { Leaving } from '../http/leave-signal.ts';
import type { LeaveSignal } from '../http/leave-signal.ts';
import type { Call } from './call.ts';
import { clientIdOf, expiryOf, isJson } from './introspection-answer.ts';
import type { IntrospectionCache, KeepFacts, LoadedAnswer } from './introspection-cache.ts';
import { introspectionKey, isCoveredByKey } from './introspection-key.ts';
import type { TokenQuestion } from './token-question.ts';
import type { TokenServer } from './token-server.ts';
import { readJsonAnswer, readWhole } from './upstream-answer.ts';
import type { JsonAnswer, ServerAnswer } from './upstream-answer.ts';

export interface AskingDeps {
  readonly server: TokenServer;
  readonly cache: IntrospectionCache | undefined;
}

/** The server's answer, whatever its status. @throws UpstreamError */
export function askServer(
  call: Call,
  question: TokenQuestion,
  { server, cache }: AskingDeps,
): Promise<ServerAnswer> {
  const key = cache && introspectionKey(call, question);
  if (cache === undefined || key === undefined) {
    return server.post(call, question.form, question.decision);
  }
  const { form, decision } = question;
  return cache.answer(key, () =>
    loadAnswer(form.get('token') ?? '', (how) => server.post(call, form, decision, how)),
  );
}

/**
 * Reads an answer so that it can be kept. Others may wait for it, so it does not end with the client
 * that asked first.
 *
 * @param token the server's own, as it is in the question.
 * @throws UpstreamError
 */
export async function loadAnswer(
  token: string,
  ask: (how: { readonly signal: LeaveSignal }) => Promise<UpstreamAnswer>,
): Promise<LoadedAnswer> {
  const answer = await ask({ signal: new Leaving() });
  const whole = { ...answer, body: await readWhole(answer) };
  if (answer.status !== 200 || !isJson(answer)) return { answer: whole, keep: undefined };
  // Read once for all that wait for it.
  const read = await readJsonAnswer(whole);
  const keep = keepFacts(answer.headers, read, token);
  return { answer: { ...whole, read }, keep };
}

/** Undefined for all but an answer that this caller would get again. */
function keepFacts(
  headers: HeaderList,
  { json }: JsonAnswer,
  token: string,
): KeepFacts | undefined {
  // Who waits for one that says neither is told what is wrong with it.
  const saysWhether = typeof json.value('active') === 'boolean';
  const setsCookie = fieldValues(headers, 'set-cookie').length > 0;
  if (!saysWhether || setsCookie || !isCoveredByKey(headers)) return undefined;
  return { token, clientId: clientIdOf(json), expiresAt: expiryOf(json) };
}

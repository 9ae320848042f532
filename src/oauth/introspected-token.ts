/** What the server behind the gateway says of a token when it is asked (RFC 7662). */

import { hash } from 'node:crypto';

import { writeForm } from '../http/form.ts';
import type { Form } from '../http/form.ts';
import { readJsonMembers } from '../http/json-members.ts';
import type { JsonMembers } from '../http/json-members.ts';
import { invalidAnswer } from '../upstream/failure.ts';
import type { TokenSource } from './access-token.ts';
import { invalidToken } from './bearer-token.ts';
import type { Call } from './call.ts';
import { clientIdOf, isActive } from './introspection-answer.ts';
import type { IntrospectionCache } from './introspection-cache.ts';
import { loadAnswer } from './introspection-question.ts';
import { statedThumbprint } from './stated-confirmation.ts';
import type { OwnQuestion, TokenServer } from './token-server.ts';
import { readJsonAnswer, readWhole } from './upstream-answer.ts';
import type { ServerAnswer } from './upstream-answer.ts';
import { basicAuthorization } from './upstream-credential.ts';

export interface IntrospectionSourceOptions {
  readonly server: Pick<TokenServer, 'ask'>;
  /** Path of the introspection endpoint. */
  readonly path: string;
  /** Who the gateway is to the server. */
  readonly clientId: string;
  readonly secret: string;
  /** Present where answers are used again for a short time. */
  readonly cache: IntrospectionCache | undefined;
}

const NO_PARAMETERS: Form = { entries: [], get: () => undefined };

/**
 * Asks at each request, so that what the server has revoked is refused from then on; or uses the
 * answers that are kept. The gateway always asks alike, so that nothing but the token decides the
 * answer; whose certificate a request shows is looked at each time.
 */
export function createIntrospectionSource(options: IntrospectionSourceOptions): TokenSource {
  const { server, path, clientId, secret, cache } = options;
  const authorization = basicAuthorization(clientId, secret);
  const questionAbout = (token: string): OwnQuestion => ({
    path,
    headers: [
      ['authorization', authorization],
      ['accept', 'application/json'],
    ],
    form: writeForm(NO_PARAMETERS, {
      add: [
        ['token', token],
        ['token_type_hint', 'access_token'],
      ],
    }),
  });
  const ask = (call: Call, token: string): Promise<ServerAnswer> => {
    const question = questionAbout(token);
    if (cache === undefined) return server.ask(call, question);
    const key = hash('sha256', token, 'base64url');
    return cache.answer(key, () => loadAnswer(token, (how) => server.ask(call, question, how)));
  };
  return async (call, token) => {
    const answer = await ask(call, token);
    if (answer.status !== 200) {
      // An answer that nobody reads keeps its connection for ever.
      await readWhole(answer);
      throw invalidAnswer(`introspection was answered ${answer.status}`);
    }
    const { json } = await readJsonAnswer(answer);
    refuseInactive(json);
    return {
      clientId: clientIdOf(json),
      thumbprint: statedThumbprint(confirmationMember(json)),
      issuedAt: numberMember(json, 'iat'),
    };
  };
}

function refuseInactive(json: JsonMembers): void {
  if (!isActive(json)) throw invalidToken('token_inactive');
  const type = textMember(json, 'token_type');
  // Servers introspect refresh tokens, too.
  if (type !== undefined && type.toLowerCase() !== 'bearer') {
    throw invalidToken('token_invalid', `its token_type is ${type.slice(0, 32)}`);
  }
}

/** @throws UpstreamError 502 for one that has a member twice. */
function confirmationMember(json: JsonMembers): unknown {
  const source = json.source('cnf');
  if (source === undefined) return undefined;
  if (readJsonMembers(source) === undefined) throw invalidAnswer('the cnf is no object');
  return json.value('cnf');
}

function textMember(json: JsonMembers, name: string): string | undefined {
  const value = json.value(name);
  return typeof value === 'string' ? value : undefined;
}

function numberMember(json: JsonMembers, name: string): number | undefined {
  const value = json.value(name);
  return typeof value === 'number' ? value : undefined;
}

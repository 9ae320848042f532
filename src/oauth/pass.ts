/** Requests that need no decision of ours: the server behind answers them as it likes. */

import { RequestError } from '../errors.ts';
import type { Answer } from '../http/exchange.ts';
import type { Call } from './call.ts';
import type { TokenServer } from './token-server.ts';
import { passAnswer, passSwitchedAnswer } from './upstream-answer.ts';

/** Hands on the body that is given, if one is, in place of the one that was read. */
export type PassEndpoint = (call: Call, body?: Uint8Array) => Promise<Answer>;

/** TRACE is refused: its answer would show the client the header fields that we have added. */
export function createPassEndpoint(server: TokenServer): PassEndpoint {
  return (call, body) => {
    const { method, upgrade } = call.exchange;
    if (upgrade !== undefined) return switchProtocols(server, call);
    if (method !== 'TRACE') return server.pass(call, body);
    const refusal = new RequestError({
      status: 405,
      code: 'invalid_request',
      reason: 'request_method_not_allowed',
      publicText: 'the method is not served',
    });
    return Promise.reject(refusal);
  };
}

async function switchProtocols(server: TokenServer, call: Call): Promise<Answer> {
  const answer = await server.upgrade(call);
  return 'tunnel' in answer ? passSwitchedAnswer(answer) : passAnswer(answer);
}

/** Requests that need no decision of ours: the server behind answers them as it likes. */

import type { Endpoint } from './call.ts';
import type { TokenServer } from './token-server.ts';
import { passAnswer } from './upstream-answer.ts';

export function createPassEndpoint(server: TokenServer): Endpoint {
  return async (call) => passAnswer(await server.pass(call));
}

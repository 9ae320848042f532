/** `POST /explain`: a certificate in PEM, answered with all that can be told about it. */

import type { IncomingMessage } from 'node:http';

import { readBounded } from '../http/body.ts';
import { jsonReply } from './reply.ts';
import type { Reply } from './reply.ts';

/** Handed in by the composition root; names are as the query gives them. */
export type ExplainPem = (
  pem: string,
  asked: { readonly listener: string | undefined; readonly clientId: string | undefined },
  /** Aborted when the asker has left. */
  signal: AbortSignal,
) => Promise<{ readonly status: number; readonly body: object }>;

/** More than twice the longest chain that a client may send, in PEM. */
const MAX_BODY_BYTES = 65_536;

/** Returns the route; one certificate is explained at a time. */
export function createExplainRoute(
  explain: ExplainPem,
): (request: IncomingMessage, query: URLSearchParams) => Promise<Reply> {
  let isBusy = false;
  return async (request, query) => {
    const body = await readBounded(request, MAX_BODY_BYTES);
    if (body === undefined) return jsonReply(413, problem('request_too_large', 'more than 64 KiB'));
    if (isBusy)
      return jsonReply(503, problem('overloaded', 'another certificate is being explained'));
    isBusy = true;
    const left = new AbortController();
    const leave = (): void => left.abort();
    request.socket.once('close', leave);
    try {
      const asked = {
        listener: query.get('listener') ?? undefined,
        clientId: query.get('client') ?? undefined,
      };
      const answer = await explain(body.toString('utf8'), asked, left.signal);
      return jsonReply(answer.status, answer.body);
    } finally {
      request.socket.off('close', leave);
      isBusy = false;
    }
  };
}

function problem(code: string, message: string): object {
  return { error: { code, message } };
}

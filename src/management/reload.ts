/** `POST /reload`: the configuration is read anew, and the answer says what came of it. */

import type { IncomingMessage } from 'node:http';

import { jsonReply } from './reply.ts';
import type { Reply } from './reply.ts';

/** Handed in by the composition root. */
export type Reload = () => Promise<
  { readonly outcome: 'reloaded' | 'refused' | 'failed' } & Readonly<Record<string, unknown>>
>;

/** Addresses may have to be asked for CRLs before there is an answer. */
const TIMEOUT_MS = 120_000;

const STATUSES = { reloaded: 200, refused: 422, failed: 500 } as const;

export function createReloadRoute(reload: Reload): (request: IncomingMessage) => Promise<Reply> {
  return async ({ socket }) => {
    const { timeout = 0 } = socket;
    socket.setTimeout(TIMEOUT_MS);
    try {
      const outcome = await reload();
      return jsonReply(STATUSES[outcome.outcome], outcome);
    } finally {
      socket.setTimeout(timeout);
    }
  };
}

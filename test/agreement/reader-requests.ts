/** What our reader of requests reads by itself, without the engine around it. */

import { RequestError } from '../../src/errors.ts';
import { RequestReader } from '../../src/listener/request-reader.ts';
import type { SeenMessage } from './message.ts';
import { MAX_HEAD_BYTES } from './node-parser.ts';

/** The requests up to the first that is refused or the last that its client would send. */
export function readRequests(pieces: readonly Buffer[]): readonly SeenMessage[] {
  const messages: { start: string; fields: string[]; body: string; isWhole: boolean }[] = [];
  let keepsConnection = true;
  let isOver = false;
  const reader = new RequestReader(
    {
      onHead: (head) => {
        const { path, query } = head.target;
        const start = `${head.method} ${path}${query === undefined ? '' : `?${query}`}`;
        messages.push({ start, fields: head.headers.flat(), body: '', isWhole: false });
        keepsConnection = head.keepsConnection && !head.isUpgrade;
      },
      onBody: (piece) => {
        const message = messages.at(-1);
        if (message !== undefined) message.body += piece.toString('latin1');
      },
      onEnd: () => {
        const message = messages.at(-1);
        if (message !== undefined) message.isWhole = true;
        isOver = true;
      },
    },
    { limits: { max_header_bytes: MAX_HEAD_BYTES }, takesUpgrades: true },
  );
  try {
    for (const piece of pieces) {
      reader.take(piece);
      while (isOver) {
        if (!keepsConnection) return messages;
        isOver = false;
        reader.next();
      }
    }
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
  }
  return messages;
}

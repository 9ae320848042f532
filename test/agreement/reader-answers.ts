/** What our client of upstreams reads in octets that come to it as from one. */

import { UpstreamError } from '../../src/errors.ts';
import { createAnswerReader } from '../../src/upstream/answer-reader.ts';
import { wasCut } from '../../src/upstream/failure.ts';
import type { SeenMessage } from './message.ts';
import type { ReadOptions } from './node-parser.ts';

/**
 * The answers to these requests, until one is refused or the connection would be given up. The next
 * request is sent as soon as the connection may be used again.
 */
export function readAnswers(
  pieces: readonly Buffer[],
  { ends = false, methods = [] }: ReadOptions = {},
): readonly SeenMessage[] {
  const messages: { start: string; fields: string[]; body: string; isWhole: boolean }[] = [];
  let isOpen = true;
  const reader = createAnswerReader(
    {
      onHead: ({ version, status, fields }) => {
        const start = `HTTP/${version} ${status}`;
        messages.push({ start, fields: fields.flat(), body: '', isWhole: false });
      },
      onBody: (piece) => {
        const message = messages.at(-1);
        if (message !== undefined) message.body += piece.toString('latin1');
      },
      onEnd: ({ isPossible }) => {
        const message = messages.at(-1);
        if (message !== undefined) message.isWhole = true;
        isOpen = isPossible;
        if (isOpen) reader.begin(methods[messages.length] ?? 'GET');
      },
    },
    false,
  );
  reader.begin(methods[0] ?? 'GET');
  try {
    for (const piece of pieces) {
      reader.take(piece);
      if (!isOpen) return messages;
    }
    if (ends) reader.takeEnd();
  } catch (error) {
    if (!(error instanceof UpstreamError) && !wasCut(error)) throw error;
  }
  return messages;
}

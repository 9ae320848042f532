/** Tells of an answer that had to make room for others when its client had begun to read it. */

import { Readable } from 'node:stream';

import { RequestError } from '../errors.ts';
import type { UpstreamAnswer } from '../upstream/forward.ts';
import type { Journal } from './call.ts';

/** Its status has been sent by then; the reason is all that is left to tell. */
export function noteDisplaced({ body }: UpstreamAnswer, journal: Journal): void {
  if (!(body instanceof Readable)) return;
  body.once('error', (error) => {
    if (error instanceof RequestError) journal.reason = error.reason;
  });
}

/**
 * The body of a request as a stream of its own. Destroying the engine's stream would destroy the
 * answer with it; this one may be destroyed by whoever reads it.
 */

import { Readable } from 'node:stream';

export interface BodyWatch {
  /** Somebody wants the body, which is the moment to let a waiting client send it. */
  readonly onFirstRead: () => void;
  /** So much more of it has come. May destroy the stream, which then gives no more. */
  readonly onBytes: (bytes: number) => void;
}

/** A stream over the request's body. Late trailers are dropped. */
export function createRequestBody(request: Readable, watch: BodyWatch): Readable {
  let isWanted = false;
  const onData = (chunk: Buffer): void => {
    watch.onBytes(chunk.length);
    if (!body.destroyed && !body.push(chunk)) request.pause();
  };
  const onEnd = (): void => {
    body.push(null);
  };
  const body = new Readable({
    read: () => {
      if (!isWanted) {
        isWanted = true;
        watch.onFirstRead();
        // HTTP/2 tells the end of an empty body at once, to nobody where nobody reads yet.
        if (request.readableEnded) return onEnd();
        request.on('data', onData).once('end', onEnd);
      }
      request.resume();
    },
    destroy: (error, callback) => {
      request.off('data', onData).off('end', onEnd);
      if (!request.readableEnded) request.pause();
      callback(error);
    },
  });
  // A client may leave while nobody reads.
  body.on('error', () => {});
  return body;
}

/** The body of a request that has none. */
export function createEmptyBody(): Readable {
  const body = new Readable({
    read: () => {
      body.push(null);
    },
  });
  body.on('error', () => {});
  return body;
}

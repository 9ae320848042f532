/**
 * The body of a request as a stream of its own. Destroying the engine's stream would destroy the
 * answer with it; this one may be destroyed by whoever reads it.
 */

import { Readable } from 'node:stream';

/**
 * A stream over the request's body. `onFirstRead` is called when somebody wants the body, which is
 * the moment to let a waiting client send it. Late trailers are dropped.
 */
export function createRequestBody(request: Readable, onFirstRead: () => void): Readable {
  let isWanted = false;
  const onData = (chunk: Buffer): void => {
    if (!body.push(chunk)) request.pause();
  };
  const onEnd = (): void => {
    body.push(null);
  };
  const body = new Readable({
    read: () => {
      if (!isWanted) {
        isWanted = true;
        onFirstRead();
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

/** Requests that are handed on when all of their body is there. */

import { RequestError } from '../errors.ts';
import { readBounded } from '../http/body.ts';
import type { Exchange } from '../http/exchange.ts';
import { createPassEndpoint } from './pass.ts';
import type { PassEndpoint } from './pass.ts';
import type { TokenServer } from './token-server.ts';

/** More than any body that the embedded service takes. */
const MAX_BODY_BYTES = 65_536;

/**
 * As `createPassEndpoint`, for a server that has few connections and takes small bodies alone: clients
 * that send slowly must not hold all of them.
 */
export function createWholePassEndpoint(server: TokenServer): PassEndpoint {
  const pass = createPassEndpoint(server);
  return async (call, body) =>
    pass(call, body ?? (call.exchange.hasBody ? await readWhole(call.exchange) : undefined));
}

/** @throws RequestError 413 */
async function readWhole({ body }: Exchange): Promise<Buffer> {
  const bytes = await readBounded(body, MAX_BODY_BYTES);
  if (bytes !== undefined) return bytes;
  throw new RequestError({
    status: 413,
    code: 'invalid_request',
    reason: 'request_too_large',
    publicText: `the body must not exceed ${MAX_BODY_BYTES} bytes`,
  });
}

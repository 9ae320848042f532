/** How large a request body may be. */

import { RequestError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import { fieldValue } from '../http/header-list.ts';
import type { FoundRoute } from './route.ts';

/**
 * Bounds the body of a request by its route, else by its listener. One that says how large it is gets
 * its answer before anything of it is asked for or sent on.
 *
 * @param listenerMax octets by the name of the listener.
 * @throws RequestError 413 (RFC 9110 section 15.5.14).
 */
export function applyBodyLimit(
  exchange: Exchange,
  { policy }: FoundRoute,
  listenerMax: ReadonlyMap<string, number>,
): void {
  if (!exchange.hasBody) return;
  // A listener that is not known any more has connections left: nothing passes unbounded.
  const maxBytes = policy.maxBodyBytes ?? listenerMax.get(exchange.connection.listener) ?? 0;
  const announced = fieldValue(exchange.headers, 'content-length');
  if (announced === undefined || Number(announced) <= maxBytes) {
    exchange.limitBody(maxBytes);
    return;
  }
  throw new RequestError({
    status: 413,
    code: 'invalid_request',
    reason: 'request_too_large',
    publicText: 'the request body is too large',
    detail: `${announced} octets are announced, ${maxBytes} are taken`,
  });
}

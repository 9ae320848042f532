/** Where a connection may go on in another protocol. */

import type { Exchange } from '../http/exchange.ts';
import { upgradeRefused } from '../http/web-socket.ts';
import type { FoundRoute } from './route.ts';

/**
 * Refuses a request to leave HTTP where the route does not let it. No more of the connection is
 * read then: what the client has sent behind the request may be anything.
 *
 * @throws RequestError 400.
 */
export function applyUpgradePolicy({ upgrade }: Exchange, { policy }: FoundRoute): void {
  if (upgrade === undefined || policy.upgrade) return;
  throw upgradeRefused(`the route has no upgrade to ${upgrade}`);
}

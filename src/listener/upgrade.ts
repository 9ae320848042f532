/** Requests of HTTP/1.1 to go on in another protocol. */

import type { HeaderList } from '../http/exchange.ts';
import { fieldValues } from '../http/header-list.ts';
import { asksForWebSocket, upgradeRefused } from '../http/web-socket.ts';
import { refusedHead } from './request-fields.ts';
import type { RequestLine } from './request-line.ts';
import { visibleText } from './visible-text.ts';

/**
 * Lets requests for a WebSocket pass, the one protocol that may. A body is refused: servers disagree
 * about whether what follows is that body or the other protocol.
 *
 * @throws RequestError 405 for CONNECT, 400 for every upgrade that asks for anything else.
 */
export function refuseUpgrade(
  { method, version }: RequestLine,
  headers: HeaderList,
  takesUpgrades: boolean,
): void {
  const upgrades = fieldValues(headers, 'upgrade');
  if (method === 'CONNECT') {
    throw refusedHead(405, 'request_method_not_allowed', 'CONNECT is not served');
  }
  const hasBody = ['content-length', 'transfer-encoding'].some(
    (name) => fieldValues(headers, name).length > 0,
  );
  const isPlain = method === 'GET' && version === '1.1' && !hasBody;
  if (takesUpgrades && isPlain && asksForWebSocket(headers)) return;
  throw upgradeRefused(visibleText(`${method} ${upgrades.join()}`));
}

/** Requests to go on in another protocol, for which the HTTP engine has no answer of its own. */

import { ServerResponse } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { RequestError } from '../errors.ts';
import { fieldPairs, fieldValues } from '../http/header-list.ts';
import { asksForWebSocket, upgradeRefused } from '../http/web-socket.ts';
import { endSoon } from './drain.ts';
import { visibleText } from './visible-text.ts';

/**
 * Whether a request asks for a WebSocket, the one protocol that may pass. A body is refused: servers
 * disagree about whether what follows is that body or the other protocol.
 */
export function asksToUpgrade({ method, httpVersion, rawHeaders }: IncomingMessage): boolean {
  const headers = fieldPairs(rawHeaders);
  const hasBody = ['content-length', 'transfer-encoding'].some(
    (name) => fieldValues(headers, name).length > 0,
  );
  return method === 'GET' && httpVersion === '1.1' && !hasBody && asksForWebSocket(headers);
}

/** The response to such a request, for every answer but 101. It ends the connection. */
export function createUpgradeResponse(request: IncomingMessage, socket: TLSSocket): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  // As the engine does for the responses that it makes itself.
  response.once('finish', () => {
    response.detachSocket(socket);
    endSoon(socket);
    response.emit('close');
  });
  return response;
}

/** The refusal of CONNECT and of every upgrade that asks for anything else. */
export function upgradeRefusal({ method = '', headers }: IncomingMessage): RequestError {
  const detail = visibleText(`${method} ${String(headers.upgrade)}`);
  if (method !== 'CONNECT') return upgradeRefused(detail);
  return new RequestError({
    status: 405,
    code: 'invalid_request',
    reason: 'request_method_not_allowed',
    publicText: 'CONNECT is not served',
    detail,
  });
}

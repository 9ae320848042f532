/** The handshake of WebSocket (RFC 6455), as far as both sides of it must show that they mean it. */

import { createHash } from 'node:crypto';

import { RequestError } from '../errors.ts';
import type { HeaderList } from './exchange.ts';
import { fieldValues, hasMember, listMembers } from './header-list.ts';

/** RFC 6455 section 1.3: a value that nobody sends who does not know the protocol. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Sixteen octets in base64; the last character has two bits only. */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/;

/** Whether a GET with these fields asks for a WebSocket and nothing else (RFC 6455 section 4.2.1). */
export function asksForWebSocket(headers: HeaderList): boolean {
  return (
    namesUpgrade(headers) &&
    fieldValues(headers, 'sec-websocket-version').join() === '13' &&
    webSocketKey(headers) !== undefined
  );
}

/** Whether the fields of a 101 accept the request that had this key (RFC 6455 section 4.1). */
export function acceptsWebSocket(headers: HeaderList, key: string): boolean {
  const expected = createHash('sha1').update(`${key}${GUID}`).digest('base64');
  return namesUpgrade(headers) && fieldValues(headers, 'sec-websocket-accept').join() === expected;
}

/** The one well-formed key of a request. */
export function webSocketKey(headers: HeaderList): string | undefined {
  const key = fieldValues(headers, 'sec-websocket-key').join();
  return KEY.test(key) ? key : undefined;
}

/** The refusal of a request to go on in another protocol; the connection must end after it. */
export function upgradeRefused(detail: string): RequestError {
  return new RequestError({
    status: 400,
    code: 'invalid_request',
    reason: 'request_upgrade_refused',
    publicText: 'no other protocol is served here',
    detail,
  });
}

function namesUpgrade(headers: HeaderList): boolean {
  return (
    fieldValues(headers, 'upgrade').join().toLowerCase() === 'websocket' &&
    hasMember(listMembers(headers, 'connection'), 'upgrade')
  );
}

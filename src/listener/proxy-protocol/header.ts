/**
 * The header that a load balancer puts before the bytes of a client, to say who the client is: the
 * PROXY protocol, versions 1 and 2 (HAProxy, doc/proxy-protocol.txt). Whether its sender is
 * believed is not asked here.
 */

import { ProxyHeaderError } from '../../errors.ts';
import type { ProxyExtensions } from './extensions.ts';
import { readHeaderLine, HEADER_LINE_START } from './version-1.ts';
import { readBinaryHeader, BINARY_HEADER_START } from './version-2.ts';

export interface ProxyHeader {
  readonly version: 1 | 2;
  /** Octets of the header; what follows them is the client's. */
  readonly length: number;
  /** Undefined where the sender speaks for itself, or for a client that has no internet address. */
  readonly client: ProxiedClient | undefined;
  /** Undefined where there are none; version 1 never has any. */
  readonly extensions: ProxyExtensions | undefined;
}

export interface ProxiedClient {
  /** In the one spelling of RFC 5952; IPv4 mapped into IPv6 is IPv4. */
  readonly address: string;
  readonly port: number;
}

/**
 * Reads the header at the start of what has come so far; undefined while more is needed for it.
 *
 * @throws ProxyHeaderError as soon as no header can become of it.
 */
export function readProxyHeader(bytes: Buffer): ProxyHeader | undefined {
  if (startsLike(bytes, HEADER_LINE_START)) return readHeaderLine(bytes);
  if (startsLike(bytes, BINARY_HEADER_START)) return readBinaryHeader(bytes);
  throw new ProxyHeaderError('proxy_header_absent', 'the first octets are of no PROXY header');
}

/** Whether one is the start of the other. */
function startsLike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.subarray(0, length).equals(start.subarray(0, length));
}

/** What is known of a connection that nobody has made. */

import type { ConnectionFacts } from '../../src/http/exchange.ts';

/** One without a certificate, by TLS 1.3 and HTTP/1.1. */
export function connectionFacts(changes: Partial<ConnectionFacts> = {}): ConnectionFacts {
  return {
    listener: 'public',
    virtualHost: undefined,
    clientCertificateMode: 'want',
    peerAddress: '192.0.2.1',
    peerPort: 1,
    socketAddress: '192.0.2.1',
    tlsProtocol: 'TLSv1.3',
    httpProtocol: 'http/1.1',
    serverName: undefined,
    isResumed: false,
    certificates: [],
    handshakeMs: 1,
    ...changes,
  };
}

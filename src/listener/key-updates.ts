/**
 * A bound on the KeyUpdate messages of TLS 1.3. Each costs its sender some 30 octets and us the
 * derivation of new keys, and OpenSSL takes any number of them (CVE-2026-32283 is the same fault
 * elsewhere). Renegotiation, the like of TLS 1.2, is refused by the engine.
 */

import type { TLSSocket } from 'node:tls';

/** A client with reason to change its keys does so after gigabytes (RFC 8446 section 5.5). */
const MAX_NEW_KEYS = 64;

/**
 * Calls back once when a client has changed keys too often. The callback destroys the connection:
 * what was read with the last of them is then thrown away, all else isn't read any more.
 */
export function limitKeyUpdates(socket: TLSSocket, onExceeded: (detail: string) => void): void {
  if (socket.getProtocol() !== 'TLSv1.3') return;
  let newKeys = 0;
  // The only trace they leave: OpenSSL names every new key of a finished handshake. What it tells
  // is a secret, and is not looked at.
  socket.on('keylog', () => {
    newKeys += 1;
    if (newKeys === MAX_NEW_KEYS + 1) {
      onExceeded(`more than ${MAX_NEW_KEYS} changes of keys on one connection`);
    }
  });
}

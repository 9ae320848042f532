/** What a listener does about client certificates, over all of its server names. */

import type { ListenerConfig } from './schema.ts';

/** Returns the listener's own mode, then those of its `server_names`. */
export function modesOf({
  client_certificate: own,
  server_names: entries,
}: ListenerConfig): readonly ListenerConfig['client_certificate'][] {
  return [own, ...entries.map((entry) => entry.client_certificate ?? own)];
}

/** Returns whether clients of any name are asked for a certificate. */
export function asksForCertificates(listener: ListenerConfig): boolean {
  return modesOf(listener).some((mode) => mode !== 'off');
}

/** Returns whether a client can present a certificate there: in its handshake, or by a balancer's word. */
export function takesCertificates(listener: ListenerConfig): boolean {
  return asksForCertificates(listener) || listener.from_load_balancer !== undefined;
}

/** Returns whether somebody vouches for certificates that come there: its CAs, or a balancer. */
export function vouches(listener: ListenerConfig): boolean {
  return listener.client_ca.length > 0 || listener.from_load_balancer?.verified === 'balancer';
}

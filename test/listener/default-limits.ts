import type { ListenerConfig } from '../../src/config/schema.ts';

/** The limits of a listener that configures none. */
export const DEFAULT_LIMITS: ListenerConfig['limits'] = {
  handshake_timeout: 10_000,
  header_timeout: 10_000,
  request_timeout: 60_000,
  idle_timeout: 65_000,
  tunnel_idle_timeout: 300_000,
  max_header_bytes: 32_768,
  max_connections: 10_000,
  max_pending_handshakes: 2_000,
  exempt_addresses: [],
  max_body_bytes: 16_777_216,
};

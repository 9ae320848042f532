/**
 * The keys under which a TLS engine gives tickets out and takes them back (RFC 5077, RFC 8446
 * section 4.6.1). They change at fixed moments: whoever has the same secret and a right clock has
 * the same keys, so that several gateways take each other's tickets.
 */

import { createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** As Node takes them: the name of the key, a key for HMAC-SHA-256, one for AES-128-CBC. */
const KEY_BYTES = 48;
const PART_BYTES = 16;
const MAC_BYTES = 32;
const CIPHER_BLOCK_BYTES = 16;

/** A clock may be set; and no timer of Node counts beyond 24 days. */
const MAX_TIMER_MS = 60_000;

export interface TicketKeyOptions {
  /** Whoever has the same one has the same keys. */
  readonly secret: Uint8Array;
  /** What the keys are for: tickets of one engine are worthless at every other. */
  readonly purpose: string;
  /** How long one key is used; no ticket lives longer. */
  readonly lifetimeMs: number;
}

export interface TicketKeys {
  /** Tells the key, and every later one when its time comes. */
  start(onChange: (keys: Buffer) => void): void;
  /** The session in a ticket of the current key (DER), else undefined. */
  open(ticket: Uint8Array): Buffer | undefined;
  close(): void;
}

export function createTicketKeys({ secret, purpose, lifetimeMs }: TicketKeyOptions): TicketKeys {
  let slot = -1;
  let keys: Buffer = Buffer.alloc(KEY_BYTES);
  let timer: NodeJS.Timeout | undefined;

  const renew = (onChange: (keys: Buffer) => void): void => {
    const now = Date.now();
    const current = Math.floor(now / lifetimeMs);
    if (current !== slot) {
      slot = current;
      const info = JSON.stringify(['certbound tickets', purpose, lifetimeMs, slot]);
      keys = Buffer.from(hkdfSync('sha256', secret, new Uint8Array(), info, KEY_BYTES));
      onChange(keys);
    }
    timer = setTimeout(
      () => renew(onChange),
      Math.min((slot + 1) * lifetimeMs - now, MAX_TIMER_MS),
    );
    timer.unref();
  };

  return {
    start: renew,
    open: (ticket) => openTicket(Buffer.from(ticket), keys),
    close: () => clearTimeout(timer),
  };
}

/** key_name, IV, encrypted state, MAC over all of it: the layout that RFC 5077 section 4 proposes. */
function openTicket(ticket: Buffer, keys: Buffer): Buffer | undefined {
  const stateStart = PART_BYTES + CIPHER_BLOCK_BYTES;
  if (ticket.length < stateStart + CIPHER_BLOCK_BYTES + MAC_BYTES) return undefined;
  if (!ticket.subarray(0, PART_BYTES).equals(keys.subarray(0, PART_BYTES))) return undefined;
  const signed = ticket.subarray(0, -MAC_BYTES);
  const mac = createHmac('sha256', keys.subarray(PART_BYTES, 2 * PART_BYTES)).update(signed);
  if (!timingSafeEqual(mac.digest(), ticket.subarray(-MAC_BYTES))) return undefined;
  const iv = ticket.subarray(PART_BYTES, stateStart);
  const cipher = createDecipheriv('aes-128-cbc', keys.subarray(2 * PART_BYTES), iv);
  return Buffer.concat([cipher.update(signed.subarray(stateStart)), cipher.final()]);
}

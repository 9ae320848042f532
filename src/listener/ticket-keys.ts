/**
 * The keys under which TLS engines give tickets out and take them back (RFC 5077, RFC 8446
 * section 4.6.1). They change at fixed moments: whoever has the same secret and a right clock has
 * the same keys, so that several gateways take each other's tickets.
 *
 * Those of the period before are still taken, else every client would do a full handshake in the
 * moment of a change. How long a session goes on is not decided by it: that is up to the record.
 */

import {
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  timingSafeEqual,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';

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
  /** How long one key is used, and after it taken back; no session lives longer. */
  readonly lifetimeMs: number;
}

/** Those of this period and of the one before, as Node takes them. */
export interface TicketKeyPair {
  readonly current: Buffer;
  readonly previous: Buffer;
}

export interface TicketKeys {
  /** Tells the keys, and later ones when their time comes. */
  start(onChange: (keys: TicketKeyPair) => void): void;
  /** The session in a ticket of one of the two keys (DER, with some padding behind it), else undefined. */
  open(ticket: Buffer): Buffer | undefined;
  /** Whether tickets name the previous key, and none the current one. */
  areOfPrevious(tickets: readonly Buffer[]): boolean;
  close(): void;
}

interface Key {
  readonly bytes: Buffer;
  readonly name: Buffer;
  readonly mac: KeyObject;
  readonly cipher: KeyObject;
}

export function createTicketKeys({ secret, purpose, lifetimeMs }: TicketKeyOptions): TicketKeys {
  let slot = -1;
  let current: Key | undefined;
  let previous: Key | undefined;
  let timer: NodeJS.Timeout | undefined;

  const keyOf = (ofSlot: number): Key => {
    const info = JSON.stringify(['certbound tickets', purpose, lifetimeMs, ofSlot]);
    return splitKey(Buffer.from(hkdfSync('sha256', secret, new Uint8Array(), info, KEY_BYTES)));
  };

  const renew = (onChange: (keys: TicketKeyPair) => void): void => {
    const now = Date.now();
    const slotNow = Math.floor(now / lifetimeMs);
    if (slotNow !== slot) {
      slot = slotNow;
      const pair = { current: keyOf(slot), previous: keyOf(slot - 1) };
      ({ current, previous } = pair);
      onChange({ current: pair.current.bytes, previous: pair.previous.bytes });
    }
    timer = setTimeout(
      () => renew(onChange),
      Math.min((slot + 1) * lifetimeMs - now, MAX_TIMER_MS),
    );
    timer.unref();
  };

  return {
    start: renew,
    open: (ticket) => {
      for (const key of [current, previous]) {
        if (key !== undefined && isNamed(key, ticket)) return openTicket(ticket, key);
      }
      return undefined;
    },
    areOfPrevious: (tickets) => {
      const name = (key: Key | undefined): boolean =>
        key !== undefined && tickets.some((ticket) => isNamed(key, ticket));
      return name(previous) && !name(current);
    },
    close: () => clearTimeout(timer),
  };
}

function splitKey(bytes: Buffer): Key {
  const part = (index: number): Buffer =>
    bytes.subarray(index * PART_BYTES, (index + 1) * PART_BYTES);
  return {
    bytes,
    name: part(0),
    mac: createSecretKey(part(1)),
    cipher: createSecretKey(part(2)),
  };
}

function isNamed({ name }: Key, ticket: Buffer): boolean {
  return ticket.subarray(0, PART_BYTES).equals(name);
}

/** key_name, IV, encrypted state, MAC over all of it: the layout that RFC 5077 section 4 proposes. */
function openTicket(ticket: Buffer, { mac, cipher }: Key): Buffer | undefined {
  const stateStart = PART_BYTES + CIPHER_BLOCK_BYTES;
  const stateEnd = ticket.length - MAC_BYTES;
  const stateBytes = stateEnd - stateStart;
  if (stateBytes < CIPHER_BLOCK_BYTES || stateBytes % CIPHER_BLOCK_BYTES !== 0) return undefined;
  const expected = createHmac('sha256', mac).update(ticket.subarray(0, stateEnd)).digest();
  if (!timingSafeEqual(expected, ticket.subarray(stateEnd))) return undefined;
  const iv = ticket.subarray(PART_BYTES, stateStart);
  // What has this MAC was padded by OpenSSL: to check that too would cost a second call and a copy.
  return createDecipheriv('aes-128-cbc', cipher, iv)
    .setAutoPadding(false)
    .update(ticket.subarray(stateStart, stateEnd));
}

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
import type { Decipheriv, KeyObject } from 'node:crypto';

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
  /** Deciphers whole blocks of one ticket after the other. */
  readonly decipher: Decipheriv;
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
      const key = isNamed(current, ticket) ? current : previous;
      return isNamed(key, ticket) ? openTicket(ticket, key) : undefined;
    },
    areOfPrevious: (tickets) =>
      tickets.some((ticket) => isNamed(previous, ticket)) &&
      !tickets.some((ticket) => isNamed(current, ticket)),
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
    // What has the right MAC was padded by OpenSSL: to check that too would cost a copy.
    decipher: createDecipheriv('aes-128-cbc', part(2), part(2)).setAutoPadding(false),
  };
}

function isNamed(key: Key | undefined, ticket: Buffer): key is Key {
  if (key === undefined || ticket.length < PART_BYTES) return false;
  return ticket.compare(key.name, 0, PART_BYTES, 0, PART_BYTES) === 0;
}

/** key_name, IV, encrypted state, MAC over all of it: the layout that RFC 5077 section 4 proposes. */
function openTicket(ticket: Buffer, { mac, decipher }: Key): Buffer | undefined {
  const stateStart = PART_BYTES + CIPHER_BLOCK_BYTES;
  const stateEnd = ticket.length - MAC_BYTES;
  const stateBytes = stateEnd - stateStart;
  if (stateBytes < CIPHER_BLOCK_BYTES || stateBytes % CIPHER_BLOCK_BYTES !== 0) return undefined;
  const expected = createHmac('sha256', mac).update(ticket.subarray(0, stateEnd)).digest();
  if (!timingSafeEqual(expected, ticket.subarray(stateEnd))) return undefined;
  // In CBC the block before is the IV of the next: behind its IV each ticket is deciphered alone,
  // whatever came before. What the IV itself gives means nothing.
  return decipher.update(ticket.subarray(PART_BYTES, stateEnd)).subarray(CIPHER_BLOCK_BYTES);
}

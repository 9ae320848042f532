/**
 * The chains of the clients whose sessions may be resumed. A resumed session brings back the
 * client's own certificate and nothing of what it had sent with it, so that a client whose CA is
 * known by an intermediate would be refused. What it had sent is therefore kept here, and a session
 * is resumed only where it is: all other tickets lead to a full handshake, which makes the record.
 *
 * Records live as long as a session may and are not renewed by use. So a client proves that it holds
 * its key at least that often, whatever key its ticket has and should OpenSSL renew tickets or not.
 */

import { hash } from 'node:crypto';
import { readHeader } from '../certificate/der/der.ts';
import { defaultPathRules } from '../certificate/path/path-rules.ts';
import type { TicketKeys } from './ticket-keys.ts';

/** Leaf first; empty where the client sent none. */
export type Chain = readonly Uint8Array[];

export interface SessionRecord {
  /** Keeps the certificates of a full handshake; returns whether there are any, and not too many. */
  keep(chain: Chain): boolean;
  /**
   * The chains of all sessions in the tickets; undefined when one that OpenSSL could resume is not
   * known whole, or is over.
   *
   * @param open of the keys in force: a record outlives the engine that had them.
   */
  offered(tickets: readonly Buffer[], open: TicketKeys['open']): readonly Chain[] | undefined;
}

/** A client has one or two; whoever offers more can do a full handshake. */
const MAX_TICKETS = 8;
/** Anyone can make certificates, and so fill the record: the worst is a full handshake more. */
const MAX_OCTETS = 16 * 1024 * 1024;
/** What a record costs beside its certificates, about. */
const ENTRY_OCTETS = 512;

/** `time`, `timeout` and `peer` of the SSL_SESSION structure, in this order (OpenSSL, ssl/ssl_asn1.c). */
const TIME_TAG = 1;
const TIMEOUT_TAG = 2;
const PEER_TAG = 3;

/** @param lifetimeMs of a record, from the full handshake on. */
export function createSessionRecord(lifetimeMs: number): SessionRecord {
  // In the order in which they expire.
  const chains = new Map<string, { readonly chain: Chain; readonly expiresAt: number }>();
  let octets = 0;

  const drop = (digest: string): void => {
    octets -= octetsOf(chains.get(digest)?.chain ?? []);
    chains.delete(digest);
  };

  const chainOf = (ticket: Buffer, open: TicketKeys['open']): Chain | undefined => {
    const session = open(ticket);
    // OpenSSL can't open it either.
    if (session === undefined) return [];
    const { endsAt, leaf } = readSession(session);
    // OpenSSL would do a full handshake, too, but with the engine of an old key.
    if (Date.now() / 1_000 >= endsAt) return undefined;
    if (leaf === undefined) return [];
    const record = chains.get(digestOf(leaf));
    return record !== undefined && performance.now() < record.expiresAt ? record.chain : undefined;
  };

  return {
    keep: (chain) => {
      const [leaf] = chain;
      if (leaf === undefined || isTooLarge(chain)) return false;
      const digest = digestOf(leaf);
      if (chains.has(digest)) drop(digest);
      chains.set(digest, { chain, expiresAt: performance.now() + lifetimeMs });
      octets += octetsOf(chain);
      while (octets > MAX_OCTETS) drop(chains.keys().next().value ?? '');
      return true;
    },
    offered: (tickets, open) => {
      if (tickets.length > MAX_TICKETS) return undefined;
      try {
        const found = tickets.map((ticket) => chainOf(ticket, open));
        return found.every((chain) => chain !== undefined) ? found : undefined;
      } catch {
        // A session that can't be read, of another OpenSSL for example.
        return undefined;
      }
    },
  };
}

interface Session {
  /** Seconds since the epoch. */
  readonly endsAt: number;
  /** Undefined where the client sent no certificate. */
  readonly leaf: Uint8Array | undefined;
}

/**
 * What is asked of a session (DER as `i2d_SSL_SESSION` writes it). No more than the way to it is read:
 * we gave the session out and know it by its MAC, and what is found is only looked for.
 *
 * @throws CertificateError for what is no such structure.
 */
function readSession(session: Uint8Array): Session {
  const whole = readHeader(session, 0, session.length);
  let endsAt = 0;
  for (let at = whole.contentStart; at < whole.end;) {
    const part = readHeader(session, at, whole.end);
    at = part.end;
    if (part.tagClass !== 'context') continue;
    const value = readHeader(session, part.contentStart, part.end);
    if (part.tagNumber === PEER_TAG) {
      return { endsAt, leaf: session.subarray(value.start, value.end) };
    }
    const isSpan = part.tagNumber === TIME_TAG || part.tagNumber === TIMEOUT_TAG;
    if (isSpan) endsAt += secondsIn(session.subarray(value.contentStart, value.end));
  }
  return { endsAt, leaf: undefined };
}

/** An INTEGER that is not negative. */
function secondsIn(octets: Uint8Array): number {
  return octets.reduce((number, octet) => number * 256 + octet, 0);
}

/** The path rules refuse it at once, and the facts of the connection have but a part of it. */
function isTooLarge(chain: Chain): boolean {
  const { maxPresented, maxPresentedOctets } = defaultPathRules;
  return chain.length > maxPresented || octetsOf(chain) - ENTRY_OCTETS > maxPresentedOctets;
}

function octetsOf(chain: Chain): number {
  return chain.reduce((sum, { length }) => sum + length, chain.length === 0 ? 0 : ENTRY_OCTETS);
}

function digestOf(certificate: Uint8Array): string {
  return hash('sha256', certificate, 'base64url');
}

/** What a token answer issues (RFC 6749 section 5.1), and for how long it must be known. */

import type { JsonMembers } from '../http/json-members.ts';
import { invalidAnswer } from '../upstream/failure.ts';
import type { UpstreamAnswer } from '../upstream/forward.ts';
import { readJsonAnswer } from './upstream-answer.ts';

export interface Issued {
  readonly text: string;
  readonly json: JsonMembers;
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  /** Seconds since the epoch, later than the tokens' own expiry. */
  readonly accessExpiresAt: number;
  readonly refreshExpiresAt: number;
}

/** How long tokens live of which the answer does not say it. */
export interface Lifetimes {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly accessTokenLifetimeMs: number;
  readonly refreshTokenLifetimeMs: number;
}

/** A binding outlives its token a little, so that clocks that differ leave no token without one. */
const EXPIRY_MARGIN_SECONDS = 60;

/** Some three hundred years; more is a number of something else. */
const MAX_LIFETIME_SECONDS = 1e10;

/** @throws UpstreamError 502 for an answer that does not say what it must. */
export async function readIssued(answer: UpstreamAnswer, lifetimes: Lifetimes): Promise<Issued> {
  const { text, json } = await readJsonAnswer(answer);
  const accessToken = stringMember(json, 'access_token');
  if (accessToken === undefined) throw invalidAnswer('no access_token');
  const refreshToken = stringMember(json, 'refresh_token');
  if (refreshToken === undefined && json.has('refresh_token')) {
    throw invalidAnswer('the refresh_token is no text');
  }
  const seconds = secondsMember(json, 'expires_in');
  const now = lifetimes.now();
  return {
    text,
    json,
    accessToken,
    refreshToken,
    accessExpiresAt: expiryAfter(
      seconds === undefined ? lifetimes.accessTokenLifetimeMs : seconds * 1_000,
      now,
    ),
    refreshExpiresAt: expiryAfter(lifetimes.refreshTokenLifetimeMs, now),
  };
}

/** Until when what lives so long must be known, in seconds since the epoch. */
export function expiryAfter(lifetimeMs: number, nowMs: number): number {
  return Math.ceil((nowMs + lifetimeMs) / 1_000) + EXPIRY_MARGIN_SECONDS;
}

/** The text of a member; undefined where it is absent, empty or no text. */
export function stringMember(json: JsonMembers, name: string): string | undefined {
  const value = json.value(name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** @throws UpstreamError 502 for a member that is no number of seconds. */
export function secondsMember(json: JsonMembers, name: string): number | undefined {
  const value = json.value(name);
  if (value === undefined) return undefined;
  // Some servers write the number as text.
  const seconds = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value;
  if (typeof seconds === 'number' && seconds >= 0 && seconds < MAX_LIFETIME_SECONDS) return seconds;
  throw invalidAnswer('expires_in is no number of seconds');
}

/** How a record of the provider is named and read in the store. */

import { hash } from 'node:crypto';

import { StoreError } from '../../errors.ts';
import type { AdapterPayload } from 'oidc-provider';

export const SPACE = 'token-service';

/** For records without an end, in seconds since the epoch: the last second of the year 9999. */
export const NEVER = 253_402_300_799;

/** Names what is kept secret: ids are bearer secrets, known to their holders only. */
export function digest(id: string): string {
  return hash('sha256', id, 'base64url');
}

/** Shared by all models: a grant's records go together. */
export function grantTag(grantId: string): string {
  return `grant:${digest(grantId)}`;
}

/** The record of the grant itself. */
export function grantKey(grantId: string): string {
  return recordKey('Grant', grantId);
}

export function recordKey(model: string, id: string): string {
  return `${model}:${digest(id)}`;
}

/** Seconds since the epoch. */
export function epochSeconds(): number {
  return Math.floor(Date.now() / 1_000);
}

/** @throws StoreError when the value is no JSON object. */
export function parsePayload(value: string): AdapterPayload {
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
      return parsed as AdapterPayload;
    }
  } catch {
    // Told below: the text of a JSON error repeats part of the record.
  }
  throw new StoreError('store_unavailable', 'a record of the token service does not parse');
}

/** What the store holds of one token. */

import { StoreError } from '../errors.ts';
import type { Binding, TokenKind } from './bindings.ts';

export interface BindingRow {
  readonly binding: Binding;
  readonly isRevoked: boolean;
  /** Seconds since the epoch; rows of earlier versions have none. */
  readonly issuedAt: number | undefined;
}

type BoundParts = readonly [
  row: string,
  thumbprint: string,
  clientId: string,
  kind: TokenKind,
  issued: string,
];

const THUMBPRINT = '[A-Za-z0-9_-]{43}';
const IS_THUMBPRINT = new RegExp(`^${THUMBPRINT}$`);
const KINDS: readonly unknown[] = [
  'access',
  'refresh',
  'device_code',
  'request_uri',
  'auth_req_id',
] satisfies TokenKind[];

/**
 * The row of a bound token that is not revoked, to the letter as it is written: one is read at each
 * introspection, for which JSON takes longer. It takes nothing that `readAny` does not take, and
 * reads the same in it; an id with an escape, as all else, is left to that.
 */
const BOUND = new RegExp(
  String.raw`^\{"thumbprint":"(${THUMBPRINT})","clientId":"([ !#-[\]-\uffff]+)",` +
    String.raw`"kind":"(${KINDS.join('|')})","issued":(0|[1-9]\d{0,14})\}$`,
);

/** @throws StoreError for a row that would not be read back. */
export function writeRow({ binding, issuedAt, isRevoked }: BindingRow): string {
  const { thumbprint, clientId, kind } = binding;
  const row = { thumbprint: thumbprint ?? null, clientId, kind, issued: issuedAt };
  const value = JSON.stringify(isRevoked ? { ...row, revoked: true } : row);
  readRow(value);
  return value;
}

/** @throws StoreError for a row that does not parse. */
export function readRow(value: string): BindingRow {
  const parts = BOUND.exec(value) as BoundParts | null;
  if (parts === null) return readAny(value);
  const binding = { thumbprint: parts[1], clientId: parts[2], kind: parts[3] };
  return { binding, issuedAt: Number(parts[4]), isRevoked: false };
}

function readAny(value: string): BindingRow {
  const { thumbprint, clientId, kind, issued, revoked } = members(value);
  if (
    (thumbprint === null || (typeof thumbprint === 'string' && IS_THUMBPRINT.test(thumbprint))) &&
    typeof clientId === 'string' &&
    clientId !== '' &&
    KINDS.includes(kind) &&
    (issued === undefined || (typeof issued === 'number' && issued >= 0)) &&
    (revoked === undefined || revoked === true)
  ) {
    const binding = { thumbprint: thumbprint ?? undefined, clientId, kind: kind as TokenKind };
    return { binding, issuedAt: issued, isRevoked: revoked === true };
  }
  throw new StoreError('store_unavailable', 'a binding row has members it may not have');
}

function members(value: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(value);
    return Object(parsed) as Record<string, unknown>;
  } catch (cause) {
    throw new StoreError('store_unavailable', 'a binding row does not parse', cause);
  }
}

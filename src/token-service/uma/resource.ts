/** A registered resource and its description (Federated Authorization for UMA 2.0 section 3.1). */

import { isScopeList } from './permission.ts';

/** Whose a resource is: a resource server's own, or a user's at that resource server. */
export interface Owner {
  readonly clientId: string;
  readonly user?: string | undefined;
}

export interface ResourceDescription {
  readonly scopes: readonly string[];
  readonly type?: string | undefined;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly iconUri?: string | undefined;
}

export interface Resource extends ResourceDescription {
  readonly id: string;
  readonly owner: Owner;
}

export function isSameOwner(a: Owner, b: Owner): boolean {
  return a.clientId === b.clientId && a.user === b.user;
}

const MAX_TEXT_CHARACTERS = 1_024;

/**
 * Returns the description in a request or a record, undefined for anything that is none. Members
 * that are not known are left out, those of other languages (`name#de`) among them.
 */
export function readDescription(value: unknown): ResourceDescription | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const members = value as Readonly<Record<string, unknown>>;
  const { resource_scopes: scopes, type, name, description, icon_uri: iconUri } = members;
  if (!isScopeList(scopes)) return undefined;
  if (!isText(type) || !isText(name) || !isText(description) || !isText(iconUri)) return undefined;
  return { scopes: [...new Set(scopes)], type, name, description, iconUri };
}

export function writeDescription(
  described: ResourceDescription,
): Readonly<Record<string, unknown>> {
  const { scopes, type, name, description, iconUri } = described;
  return { resource_scopes: scopes, type, name, description, icon_uri: iconUri };
}

function isText(value: unknown): value is string | undefined {
  if (value === undefined) return true;
  return typeof value === 'string' && value.length <= MAX_TEXT_CHARACTERS && value.isWellFormed();
}

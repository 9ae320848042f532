/** Permissions: what may be done with which resource (Federated Authorization for UMA 2.0). */

export interface Permission {
  readonly resourceId: string;
  readonly scopes: readonly string[];
}

/** Most permissions of a ticket, and of a token: each is looked up when the token is introspected. */
export const MAX_PERMISSIONS = 32;

/** Half of what a record holds; a token has more to say than its permissions. */
const MAX_CHARACTERS = 32_768;

/** Whether one token can hold all of them. */
export function fitInToken(permissions: readonly Permission[]): boolean {
  if (permissions.length > MAX_PERMISSIONS) return false;
  return JSON.stringify(permissions.map(writePermission)).length <= MAX_CHARACTERS;
}

/** What a permission is called on the wire and in records. */
export interface WirePermission {
  readonly resource_id: string;
  readonly resource_scopes: readonly string[];
}

export function writePermission({ resourceId, scopes }: Permission): WirePermission {
  return { resource_id: resourceId, resource_scopes: scopes };
}

/** Returns a list of permissions, or undefined for anything that is none. */
export function readPermissions(value: unknown): readonly Permission[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_PERMISSIONS) {
    return undefined;
  }
  const read = value.map(readPermission);
  return read.every((permission) => permission !== undefined) ? read : undefined;
}

function readPermission(value: unknown): Permission | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { resource_id: resourceId, resource_scopes: scopes } = value as Partial<WirePermission>;
  if (typeof resourceId !== 'string' || !isScopeList(scopes)) return undefined;
  return { resourceId, scopes: [...new Set(scopes)] };
}

/** Most scopes of one resource. */
const MAX_SCOPES = 64;

/** RFC 6749 section 3.3. A scope may be a URL, which nobody here fetches. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/;

/** Whether the value is a list of scopes; it may be empty. */
export function isScopeList(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length <= MAX_SCOPES &&
    value.every((scope) => typeof scope === 'string' && SCOPE.test(scope))
  );
}

/** One permission for each resource, with the scopes of all that name it. */
export function mergePermissions(permissions: readonly Permission[]): readonly Permission[] {
  const merged = new Map<string, readonly string[]>();
  for (const { resourceId, scopes } of permissions) {
    merged.set(resourceId, [...new Set([...(merged.get(resourceId) ?? []), ...scopes])]);
  }
  return [...merged].map(([resourceId, scopes]) => ({ resourceId, scopes }));
}

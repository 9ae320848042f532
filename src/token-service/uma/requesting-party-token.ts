/** Requesting party tokens: access tokens that have permissions, which introspection tells. */

import { StoreError } from '../../errors.ts';
import { holderOf } from './live-token.ts';
import type { LiveToken } from './live-token.ts';
import { readPermissions, writePermission } from './permission.ts';
import type { Permission, WirePermission } from './permission.ts';
import { allowedScopes } from './policy.ts';
import type { Policy } from './policy.ts';
import { standingPermissions } from './standing-permissions.ts';
import type { StandingDeps, StandingPermission } from './standing-permissions.ts';

export interface RequestingPartyTokensOptions {
  readonly policies: readonly Policy[];
  /** Whether introspection tells the permissions. */
  readonly permissionInformation: boolean;
}

export interface RequestingPartyTokens {
  /** Makes a token that is about to be saved one with these permissions. */
  give(token: LiveToken, permissions: readonly Permission[]): void;
  /** What is stored with a token that is about to be saved; undefined for one without permissions. */
  claimsOf(token: object): { readonly permissions: readonly WirePermission[] } | undefined;
  /**
   * What the token is good for at this moment; undefined for one that is no requesting party token.
   * Nothing is left of a resource that was deleted, or of what no policy allows any more.
   */
  permissionsOf(token: LiveToken): Promise<readonly StandingPermission[] | undefined>;
  /**
   * Writes the permissions to the token as the caller of introspection may see them. False where
   * there is nothing for the caller: the token is then inactive for it.
   */
  describeTo(caller: IntrospectionCaller, token: LiveToken): Promise<boolean>;
}

export interface IntrospectionCaller {
  readonly clientId: string;
  /** Whether it sees more than the permissions for its own resources. */
  readonly seesAll: boolean;
}

export function createRequestingPartyTokens(
  { policies, permissionInformation }: RequestingPartyTokensOptions,
  deps: StandingDeps,
): RequestingPartyTokens {
  const given = new WeakMap<object, readonly Permission[]>();

  async function permissionsOf(
    token: LiveToken,
  ): Promise<readonly StandingPermission[] | undefined> {
    const stored = token.extra?.['permissions'];
    if (stored === undefined) return undefined;
    const permissions = readPermissions(stored);
    if (permissions === undefined) {
      throw new StoreError('store_unavailable', 'the permissions of a token do not parse');
    }
    const standing = await standingPermissions(permissions, deps);
    const requester = holderOf(token);
    return standing.flatMap(({ resource, scopes }) => {
      const allowed = allowedScopes(policies, requester, resource);
      const left = scopes.filter((scope) => allowed.has(scope));
      return left.length === 0 ? [] : [{ resource, scopes: left }];
    });
  }

  return {
    permissionsOf,
    give: (token, permissions) => void given.set(token, permissions),

    claimsOf(token) {
      const permissions = given.get(token);
      return permissions && { permissions: permissions.map(writePermission) };
    },

    async describeTo({ clientId, seesAll }, token) {
      const permissions = await permissionsOf(token);
      if (permissions === undefined) return seesAll;
      const visible = permissions.filter(
        ({ resource }) => seesAll || resource.owner.clientId === clientId,
      );
      if (visible.length === 0) return false;
      const { permissions: _stored, ...others } = token.extra ?? {};
      const shown = visible.map(({ resource, scopes }) => ({
        ...writePermission({ resourceId: resource.id, scopes }),
        exp: token.exp,
      }));
      token.extra = permissionInformation ? { ...others, permissions: shown } : others;
      return true;
    },
  };
}

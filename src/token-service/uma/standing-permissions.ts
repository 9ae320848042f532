/** What is left of permissions at this moment: resources may be deleted, and change their scopes. */

import type { Permission } from './permission.ts';
import type { Resource } from './resource.ts';
import type { Resources } from './resources.ts';
import type { HolderCheck } from './token-holder.ts';

export interface StandingPermission {
  readonly resource: Resource;
  readonly scopes: readonly string[];
}

export interface StandingDeps {
  readonly resources: Pick<Resources, 'find'>;
  /** Asked of the owners of resources. */
  readonly isKnown: HolderCheck;
}

/** Returns the permissions whose resource is there and has an owner, with the scopes that it still has. */
export async function standingPermissions(
  permissions: readonly Permission[],
  { resources, isKnown }: StandingDeps,
): Promise<readonly StandingPermission[]> {
  const found = await Promise.all(
    permissions.map(async ({ resourceId, scopes }) => {
      const resource = await resources.find(resourceId);
      if (resource === undefined || !(await isKnown(resource.owner))) return [];
      return [{ resource, scopes: scopes.filter((scope) => resource.scopes.includes(scope)) }];
    }),
  );
  return found.flat();
}

/** The paths of the configuration that are served only to those who prove something. */

import type { Material } from '../config/check.ts';
import type { Config, ProtectedPathConfig, UpstreamConfig } from '../config/schema.ts';
import { createGuardedPaths } from '../gateway/guarded-paths.ts';
import type { GuardedPath, GuardedPaths } from '../gateway/guarded-paths.ts';
import type { Route } from '../gateway/route.ts';
import { createAdminGuard } from '../oauth/admin-guard.ts';
import { createProtectedResource } from '../oauth/protected-resource.ts';
import type { ProtectedResourceDeps } from '../oauth/protected-resource.ts';
import type { TokenSources } from './token-sources.ts';

type GuardConfig = Pick<Config, 'protected_paths' | 'admin_paths' | 'access_tokens'>;

export interface GuardDeps extends Omit<ProtectedResourceDeps, 'source'> {
  /** By the `source` of a protected path. */
  readonly sources: TokenSources;
}

/** @param material of the configuration, which has the rules of the admin paths. */
export function createGuards(
  config: GuardConfig,
  { protection }: Pick<Material, 'protection'>,
  deps: GuardDeps,
): GuardedPaths {
  const tokens = config.protected_paths.map((guarded) => ({
    path: guarded.path,
    route: protectedRoute('protected', guarded, deps),
  }));
  const admins = protection.adminPaths.map(({ config: admin, ...rules }): GuardedPath => ({
    path: admin.path,
    route: {
      name: 'admin',
      isOauth: false,
      endpoint: createAdminGuard(
        {
          ...rules,
          listeners: new Set(admin.listeners),
          userHeader: { name: admin.user_header.toLowerCase(), encoding: admin.user_encoding },
          vouchedUserHeader: admin.vouched_user_header,
        },
        deps,
      ),
    },
  }));
  return createGuardedPaths([...tokens, ...admins]);
}

/** Where most servers have it whose other endpoints stand where ours are looked for by default. */
const USUAL_USERINFO = '/oauth2/userinfo';

/**
 * The userinfo endpoint with its path: guarded in any case. Before a server that binds tokens itself
 * only where it is configured, since what the token says must then be asked of somebody.
 */
export function userinfoRoute(
  { endpoints, kind }: Pick<UpstreamConfig, 'endpoints' | 'kind'>,
  { protected_paths: paths, access_tokens: tokens }: GuardConfig,
  deps: GuardDeps,
): readonly (readonly [path: string, route: Route])[] {
  const userinfo = endpoints.userinfo ?? (kind === 'gateway' ? USUAL_USERINFO : undefined);
  if (userinfo === undefined) return [];
  const asked = tokens.introspection === undefined ? 'jwt' : 'introspection';
  const guarded = paths.find(({ path }) => path === userinfo) ?? {
    path: userinfo,
    binding: 'if_bound',
    source: kind === 'gateway' ? 'store' : asked,
    overlap: 0,
  };
  return [[userinfo, protectedRoute('userinfo', guarded, deps)]];
}

function protectedRoute(
  name: Route['name'],
  { binding, source, overlap }: ProtectedPathConfig,
  { sources, ...deps }: GuardDeps,
): Route {
  const endpoint = createProtectedResource(
    { binding, overlapMs: overlap },
    { ...deps, source: source === 'store' ? undefined : sources[source] },
  );
  return { name, endpoint, isOauth: false };
}

/** Fields that no client may send on: those by which users are named, and by which we name them. */
export function userHeaders({ admin_paths: paths }: GuardConfig): readonly string[] {
  return paths.flatMap((path) => [path.user_header, path.vouched_user_header]);
}

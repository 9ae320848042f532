/** Paths that are guarded no more, or less: by a guard of their own, or by that of a prefix. */

import type { AdminPathConfig, Config, ProtectedPathConfig, RouteConfig } from '../schema.ts';
import { above } from './above.ts';
import { mayNotBeMore, mayNotLast, mustStayOff, weakerBy, weakerByRules } from './strictness.ts';
import type { Rule } from './strictness.ts';

const PROTECTED_RULES: readonly Rule<ProtectedPathConfig>[] = [
  { key: 'binding', of: (one) => ({ scale: ['required', 'if_bound'], at: one.binding }) },
  // What a token says of itself stays true when it is revoked.
  { key: 'source', of: (one) => ({ mayNotGrow: one.source === 'jwt' ? ['jwt'] : [] }) },
  { key: 'overlap', of: (one) => mayNotLast(one.overlap) },
];

const ADMIN_RULES: readonly Rule<AdminPathConfig>[] = [
  ...(['listeners', 'certificate_thumbprints', 'trusted_issuers'] as const).map(
    (key): Rule<AdminPathConfig> => ({ key, of: (one) => ({ mayNotGrow: one[key] }) }),
  ),
  { key: 'allow_sha1', of: (one) => mustStayOff(one.allow_sha1) },
  {
    key: 'users',
    of: (one) => ({
      mayNotGrow: Object.entries(one.users).flatMap(([who, users]) =>
        users.map((user) => `${user} for ${who}`),
      ),
    }),
  },
  // What is no longer dropped, clients may send.
  ...(['user_header', 'vouched_user_header'] as const).map((key): Rule<AdminPathConfig> => ({
    key,
    of: (one) => ({ mayNotShrink: [one[key].toLowerCase()] }),
  })),
];

const ROUTE_MODES = ['forbid', 'require_trusted', 'require', 'want', 'ignore'];

const ROUTE_RULES: readonly Rule<RouteConfig>[] = [
  {
    key: 'client_certificate',
    of: (one) => ({ scale: ROUTE_MODES, at: one.client_certificate ?? 'want' }),
  },
  { key: 'upgrade', of: (one) => mustStayOff(one.upgrade === true) },
];

/** Returns what paths let pass that they refused before. */
export function* weakerPaths(before: Config, after: Config): Iterable<readonly string[]> {
  yield* guards('protected_paths', PROTECTED_RULES, [
    before.protected_paths,
    after.protected_paths,
  ]);
  yield* guards('admin_paths', ADMIN_RULES, [before.admin_paths, after.admin_paths]);
  yield* routes(before, after);
}

/** The longest guard above a path counts for it. */
function* guards<Guard extends { readonly path: string }>(
  key: string,
  rules: readonly Rule<Guard>[],
  [before, after]: readonly [readonly Guard[], readonly Guard[]],
): Iterable<readonly string[]> {
  for (const path of pathsOf(before, after)) {
    const [was] = above(before, path);
    const [is] = above(after, path);
    if (was === undefined) continue;
    yield is === undefined
      ? [`${key}: ${path} was removed`]
      : weakerByRules(`${key}.${path}.`, rules, [was, is]);
  }
}

/** What a route leaves out is that of the next shorter one. */
function* routes(before: Config, after: Config): Iterable<readonly string[]> {
  for (const path of pathsOf(before.routes, after.routes)) {
    const was = completed(path, above(before.routes, path));
    const is = completed(path, above(after.routes, path));
    yield weakerByRules(`routes.${path}.`, ROUTE_RULES, [was, is]);
    if (was.max_body_bytes === undefined && is.max_body_bytes === undefined) continue;
    yield weakerBy(
      `routes.${path}.max_body_bytes`,
      mayNotBeMore(maxBodyBytes(before, was.max_body_bytes)),
      mayNotBeMore(maxBodyBytes(after, is.max_body_bytes)),
    );
  }
}

/** Without a limit of its own a route has that of the listener. */
function maxBodyBytes({ listeners }: Config, own: number | undefined): number {
  return own ?? Math.max(...listeners.map(({ limits }) => limits.max_body_bytes));
}

function completed(path: string, from: readonly RouteConfig[]): RouteConfig {
  const first = <Key extends keyof RouteConfig>(key: Key): RouteConfig[Key] | undefined =>
    from.find((one) => one[key] !== undefined)?.[key];
  return {
    path,
    client_certificate: first('client_certificate'),
    upgrade: first('upgrade'),
    max_body_bytes: first('max_body_bytes'),
  };
}

function pathsOf(...sides: readonly (readonly { readonly path: string }[])[]): readonly string[] {
  return [...new Set(sides.flat().map(({ path }) => path))];
}

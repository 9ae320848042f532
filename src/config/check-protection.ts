/** Protected paths and admin paths: whether anybody could pass them, and nobody past them. */

import { readAdminPath } from './check-admin-path.ts';
import type { AdminPathMaterial } from './check-admin-path.ts';
import { readOneSecret } from './check-client-secrets.ts';
import { readCaPems } from './check-trust-stores.ts';
import type { Report } from './report.ts';
import type { Config, ProtectedPathConfig } from './schema.ts';
import { folded, servedPaths } from './served-paths.ts';

export interface ProtectionMaterial {
  /** The secret with which the gateway asks about tokens; undefined where it asks nothing. */
  readonly introspectionSecret: string | undefined;
  /** CAs of the server of the issuer's keys, as PEM, one text each; empty: the public roots. */
  readonly issuerCaPems: readonly string[];
  /** In the order of the configuration. */
  readonly adminPaths: readonly AdminPathMaterial[];
}

export async function checkProtection(config: Config, report: Report): Promise<ProtectionMaterial> {
  const { protected_paths: guarded, admin_paths: admin, token_service: service } = config;
  const { introspection, jwt } = config.access_tokens;
  if ('embedded' in service) {
    for (const key of ['protected_paths', 'admin_paths'] as const) {
      if (config[key].length > 0) {
        report.add([key], 'needs token_service.upstream: the embedded service has no other paths');
      }
    }
  }
  checkPaths(config, report);
  guarded.forEach((path, index) => checkProtectedPath(path, index, config, report));
  checkUserinfo(config, report);
  return {
    introspectionSecret:
      introspection &&
      (await readOneSecret(introspection, ['access_tokens', 'introspection'], report)),
    issuerCaPems: jwt ? await readCaPems(jwt.ca, ['access_tokens', 'jwt', 'ca'], report) : [],
    adminPaths: admin.map((path, index) => readAdminPath(path, { index, config, report })),
  };
}

/** One path has one guard, and nothing opens a part of what only administrators may see. */
function checkPaths(config: Config, report: Report): void {
  const { token_service: service } = config;
  const endpoints = new Set(servedPaths(service).map(folded));
  const userinfo = 'upstream' in service ? service.upstream.endpoints.userinfo : undefined;
  const seen = new Set<string>();
  for (const key of ['protected_paths', 'admin_paths'] as const) {
    config[key].forEach(({ path }, index) => {
      const keyPath = [key, index, 'path'];
      if (seen.has(folded(path))) report.add(keyPath, `${path} is guarded already`);
      seen.add(folded(path));
      const isUserinfo = key === 'protected_paths' && path === userinfo;
      if (endpoints.has(folded(path)) && !isUserinfo) {
        report.add(keyPath, `${path} is an endpoint of the server`);
      }
    });
  }
  config.protected_paths.forEach(({ path }, index) => {
    const above = config.admin_paths.find((admin) => isWithin(path, admin.path));
    if (above === undefined) return;
    report.add(['protected_paths', index, 'path'], `lies within ${above.path} of admin_paths`);
  });
}

function isWithin(path: string, above: string): boolean {
  const [inner, outer] = [path, above].map((each) => folded(each).replace(/\/\*$/, ''));
  return above.endsWith('/*') && `${inner}/`.startsWith(`${outer}/`);
}

function checkProtectedPath(
  { source, overlap }: ProtectedPathConfig,
  index: number,
  { access_tokens: tokens, token_service: service }: Config,
  report: Report,
): void {
  const keyPath = ['protected_paths', index, 'source'];
  if (source !== 'store' && tokens[source] === undefined) {
    report.add(keyPath, `needs access_tokens.${source}`);
  }
  if (!('upstream' in service) || source !== 'store') return;
  const { kind, token_binding: binding } = service.upstream;
  if (kind === 'native') {
    report.add(keyPath, 'a server of kind native binds tokens itself: use introspection or jwt');
  }
  if (overlap > 0 && binding.kept === 'sealed') {
    const text = 'a sealed token does not say when it was issued: use introspection or jwt';
    report.add(['protected_paths', index, 'overlap'], text);
  }
}

/** Nobody else could compare the certificate with a token of a server that binds. */
function checkUserinfo(config: Config, report: Report): void {
  const { token_service: service, access_tokens: tokens, protected_paths: paths } = config;
  if (!('upstream' in service) || service.upstream.kind !== 'native') return;
  const { userinfo } = service.upstream.endpoints;
  const isGuarded = paths.some(({ path }) => path === userinfo);
  if (userinfo === undefined || isGuarded || Object.keys(tokens).length > 0) return;
  const keyPath = ['token_service', 'upstream', 'endpoints', 'userinfo'];
  report.add(keyPath, 'needs access_tokens.introspection or access_tokens.jwt');
}

/** The paths of the endpoints of a server behind the gateway. */

import type { Config } from './schema.ts';

export function servedPaths(service: Config['token_service']): readonly string[] {
  if (!('upstream' in service)) return [];
  const paths = Object.values(service.upstream.endpoints).flat();
  return paths.filter((path) => path !== undefined);
}

/** Servers disagree about case, so that two paths must differ in more. */
export function folded(path: string): string {
  return path.toLowerCase().replace(/(?<=.)\/$/, '');
}

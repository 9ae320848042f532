/** Routes: no path twice, and upgrades only where there is somebody to upgrade to. */

import type { Report } from './report.ts';
import type { Config } from './schema.ts';
import { folded, servedPaths } from './served-paths.ts';

/** Refuses routes of which only one could count, and upgrades that no request could get. */
export function checkRoutes({ routes, token_service: service }: Config, report: Report): void {
  const endpoints = new Set(servedPaths(service).map(folded));
  const seen = new Map<string, string>();
  routes.forEach(({ path, upgrade }, index) => {
    const known = seen.get(folded(path));
    if (known !== undefined) {
      const text = known === path ? `${path} is another route already` : spelledTwice(path, known);
      report.add(['routes', index, 'path'], text);
    }
    seen.set(folded(path), path);
    if (upgrade !== true) return;
    const keyPath = ['routes', index, 'upgrade'];
    if ('embedded' in service) report.add(keyPath, 'the embedded token service takes no upgrade');
    if (endpoints.has(folded(path))) report.add(keyPath, `${path} is an OAuth endpoint`);
  });
}

function spelledTwice(path: string, known: string): string {
  return `${path} differs from ${known} in case only, which not every server tells apart`;
}

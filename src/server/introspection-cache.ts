/** The cache of answers to introspection that the configuration has at two places. */

import type { UpstreamConfig } from '../config/schema.ts';
import { createIntrospectionCache } from '../oauth/introspection-cache.ts';
import type { IntrospectionCache } from '../oauth/introspection-cache.ts';

/** Undefined where none is configured, which is the default. */
export function openIntrospectionCache({
  cache,
}: Pick<UpstreamConfig['introspection'], 'cache'>): IntrospectionCache | undefined {
  return (
    cache &&
    createIntrospectionCache({ ttlMs: cache.ttl, maxEntries: cache.max_entries, now: Date.now })
  );
}

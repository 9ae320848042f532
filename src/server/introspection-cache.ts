/** The cache of answers to introspection that the configuration has at two places. */

import type { UpstreamConfig } from '../config/schema.ts';
import { createIntrospectionCache } from '../oauth/introspection-cache.ts';
import type { IntrospectionCache } from '../oauth/introspection-cache.ts';
import type { Parts } from './shared-parts.ts';

/**
 * Undefined where none is configured, which is the default. Shared with the generation before: a
 * revocation that is under way there must be felt here.
 *
 * @param asked who is asked by whom; the answers of another are others.
 */
export function openIntrospectionCache(
  { cache }: Pick<UpstreamConfig['introspection'], 'cache'>,
  asked: object,
  parts: Parts,
): IntrospectionCache | undefined {
  if (cache === undefined) return undefined;
  const { ttl: ttlMs, max_entries: maxEntries } = cache;
  return parts.use('introspection cache', { asked, cache }, (_, { tell, hear }) => {
    const kept = createIntrospectionCache({ ttlMs, maxEntries, now: Date.now });
    hear('token ended', kept.forget);
    return {
      answer: kept.answer,
      forget: (ended) => {
        kept.forget(ended);
        tell('token ended', ended);
      },
    };
  });
}

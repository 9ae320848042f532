/** Whose a token is, at introspection (RFC 7662 section 2.2). */

import type { OidcProvider } from '../provider.ts';
import { PATHS } from '../routes.ts';

/**
 * Adds `username` to the answer about a token of a user, beside `sub`, which is the name by which the
 * user logs in. Who may see one may see the other. A token of a client alone has no `sub`, or as a JWT
 * that of the client (RFC 9068 section 3): neither is a user's.
 */
export function tellUser(provider: OidcProvider): void {
  provider.use(async (ctx, next) => {
    await next();
    const { path, status, body } = ctx;
    if (path !== PATHS.introspection || status !== 200) return;
    if (typeof body !== 'object' || body === null || !('sub' in body)) return;
    const { sub, client_id: clientId } = body as {
      readonly sub: unknown;
      readonly client_id?: unknown;
    };
    if (typeof sub === 'string' && sub !== clientId) ctx.body = { ...body, username: sub };
  });
}

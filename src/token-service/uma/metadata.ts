/** The metadata document of UMA (UMA 2.0 Grant section 2, Federated Authorization section 2). */

import type { OidcProvider } from '../provider.ts';
import { UMA_PATHS } from './paths.ts';

const METADATA_OF_PROVIDER = '/.well-known/oauth-authorization-server';
const METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** Adds the document: that of the service, and where the protection API is. */
export function publishUmaMetadata(provider: OidcProvider, issuer: string): void {
  provider.use(async (ctx, next) => {
    if (ctx.path !== UMA_PATHS.metadata) return next();
    if (!METHODS.includes(ctx.method)) {
      ctx.set('allow', METHODS.join(', '));
      ctx.body = { error: 'method_not_allowed' };
      ctx.status = 405;
      return;
    }
    ctx.path = METADATA_OF_PROVIDER;
    await next();
    if (ctx.status !== 200 || typeof ctx.body !== 'object' || ctx.body === null) return;
    ctx.body = {
      ...ctx.body,
      permission_endpoint: issuer + UMA_PATHS.permission,
      resource_registration_endpoint: issuer + UMA_PATHS.resources,
    };
  });
}

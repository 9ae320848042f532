/** The protection API: where resource servers register resources and fetch permission tickets. */

import type { IncomingMessage } from 'node:http';

import { CertboundError, RequestError, StoreError } from '../../errors.ts';
import type { Log } from '../log.ts';
import { refusalFields } from '../provider-events.ts';
import { isProtectionPath, UMA_PATHS } from './paths.ts';
import { answerPermission } from './permission-endpoint.ts';
import type { PermissionEndpointDeps } from './permission-endpoint.ts';
import { authorizeProtection } from './protection-token.ts';
import type { ProtectionTokenDeps } from './protection-token.ts';
import { answerResource, answerResources } from './resource-endpoint.ts';
import type { ResourceEndpointDeps } from './resource-endpoint.ts';
import type { OidcProvider } from '../provider.ts';
import type { Owner } from './resource.ts';

export interface ProtectionCall {
  readonly request: IncomingMessage;
  readonly method: string;
  /** Whose resources the token of the request is for. */
  readonly owner: Owner;
}

export interface ProtectionAnswer {
  readonly status: number;
  /** Sent as JSON; none where undefined. */
  readonly body: object | undefined;
  readonly headers?: readonly (readonly [string, string])[];
}

export interface ProtectionApiDeps
  extends ProtectionTokenDeps, ResourceEndpointDeps, PermissionEndpointDeps {
  readonly log: Log;
}

/** Adds the API to the provider. */
export function addProtectionApi(provider: OidcProvider, deps: ProtectionApiDeps): void {
  provider.use(async (ctx, next) => {
    if (!isProtectionPath(ctx.path)) return next();
    const { status, body, headers = [] } = await answerTo(ctx.path, ctx.req, deps);
    ctx.set(Object.fromEntries([['cache-control', 'no-store'], ...headers]));
    ctx.body = body;
    ctx.status = status;
  });
}

async function answerTo(
  path: string,
  request: IncomingMessage,
  deps: ProtectionApiDeps,
): Promise<ProtectionAnswer> {
  let owner: Owner | undefined;
  try {
    owner = await authorizeProtection(request, deps);
    const call = { request, method: request.method ?? '', owner };
    if (path === UMA_PATHS.permission) return await answerPermission(call, deps);
    if (path === UMA_PATHS.resources) return await answerResources(call, deps);
    return await answerResource(path.slice(UMA_PATHS.resources.length + 1), call, deps);
  } catch (error) {
    const answer = refusalOf(error);
    const level = answer.status < 500 ? 'info' : 'error';
    deps.log(level, 'the token service refused a request', {
      event: 'uma.error',
      ...refusalFields(request, answer.status, error),
      ...(owner !== undefined && { client_id: owner.clientId }),
    });
    return answer;
  }
}

/** Failures of the store come as they are, or as the provider has them, the cause inside. */
function refusalOf(error: unknown): ProtectionAnswer {
  if (error instanceof RequestError) {
    const { status, code, publicText, headers } = error;
    return { status, body: { error: code, error_description: publicText }, headers };
  }
  const failure =
    error instanceof Error && error.cause instanceof CertboundError ? error.cause : error;
  return failure instanceof StoreError
    ? {
        status: 503,
        body: { error: 'temporarily_unavailable', error_description: failure.publicText },
      }
    : { status: 500, body: { error: 'server_error' } };
}

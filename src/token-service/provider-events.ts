/** The provider's events, told to the log: what was refused and why, and what went wrong. */

import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';

import { CertboundError, StoreError } from '../errors.ts';
import type { Log, LogLevel } from './log.ts';
import type { OidcProvider } from './provider.ts';
import type { KoaContextWithOIDC } from 'oidc-provider';

/** Requests that were refused; the answer says less than the event. */
const REFUSALS = [
  'grant.error',
  'introspection.error',
  'revocation.error',
  'discovery.error',
  'jwks.error',
  'authorization.error',
  'userinfo.error',
  'end_session.error',
  'end_session_confirm.error',
  'end_session_success.error',
  'device_authorization.error',
  'code_verification.error',
  'device_resume.error',
  'pushed_authorization_request.error',
] as const;

/** Details are the provider's own sentences; one that is longer repeats something of the request. */
const MAX_DETAIL_CHARACTERS = 300;

const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;

type Fields = Record<string, string | number>;

/** Listens to the provider. Nothing of a request but its id and its client's id is told. */
export function logProviderEvents(provider: OidcProvider, log: Log): void {
  // Its type declarations know fewer events than it emits.
  const emitter: EventEmitter = provider;
  for (const event of REFUSALS) {
    emitter.on(event, (ctx: KoaContextWithOIDC, error: Error) => {
      log(levelOf(error), 'the token service refused a request', {
        event,
        ...requestFields(ctx),
        ...errorFields(error),
      });
    });
  }

  emitter.on('server_error', (ctx: KoaContextWithOIDC, error: Error) => {
    log('error', 'the token service failed', { ...requestFields(ctx), ...errorFields(error) });
  });

  // What breaks outside the provider's own handling, such as a connection cut while answering.
  emitter.on('error', (error: Error) => {
    log('warn', 'the token service could not finish an answer', errorFields(error));
  });
}

function levelOf(error: Error): LogLevel {
  return error.cause instanceof StoreError ? 'error' : 'info';
}

/** Returns what the log is told of a request that was refused by something else than the provider. */
export function refusalFields(request: IncomingMessage, status: number, error: unknown): Fields {
  const reason = error instanceof CertboundError ? { reason: error.reason } : {};
  const thrown = error instanceof Error ? errorFields(error) : {};
  return { status, ...requestIdField(request), ...thrown, ...reason };
}

function requestFields(ctx: KoaContextWithOIDC): Fields {
  const clientId = ctx.oidc.client?.clientId;
  return {
    status: ctx.status,
    ...requestIdField(ctx.req),
    ...(clientId !== undefined && { client_id: clientId }),
  };
}

function requestIdField(request: IncomingMessage): Fields {
  const id = request.headers['x-request-id'];
  return typeof id === 'string' && REQUEST_ID.test(id) ? { request_id: id } : {};
}

function errorFields(error: Error): Fields {
  const { error_detail: detail } = error as { readonly error_detail?: unknown };
  const fields: Fields = {
    error: `${error.name}: ${error.message}`.slice(0, MAX_DETAIL_CHARACTERS),
  };
  if (typeof detail === 'string') fields['detail'] = detail.slice(0, MAX_DETAIL_CHARACTERS);
  if (error.cause instanceof CertboundError) {
    fields['reason'] = error.cause.reason;
    fields['detail'] = error.cause.message.slice(0, MAX_DETAIL_CHARACTERS);
  }
  return fields;
}

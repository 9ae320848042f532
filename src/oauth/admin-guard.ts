/**
 * Paths of administrators: a certificate vouches for the user that a header names. Default deny, as
 * a certificate that is merely trusted once could act as any user (CVE-2025-9312).
 */

import type { Presentation } from '../certificate/client-certificate.ts';
import { RequestError } from '../errors.ts';
import type { Reason } from '../errors.ts';
import { FieldNames } from '../http/field-names.ts';
import { fieldValues, withoutFields } from '../http/header-list.ts';
import { usersOf } from './admin-certificate.ts';
import type { AdminCertificates } from './admin-certificate.ts';
import { readNamedUser } from './admin-user.ts';
import type { UserHeader } from './admin-user.ts';
import type { Call, Endpoint } from './call.ts';
import { createPassEndpoint } from './pass.ts';
import type { TokenServer } from './token-server.ts';

export interface AdminGuardOptions extends AdminCertificates {
  /** Names of the listeners on which the path is open. */
  readonly listeners: ReadonlySet<string>;
  readonly userHeader: UserHeader;
  /** In lower case; on the strip list, so that it is always ours. */
  readonly vouchedUserHeader: string;
}

export function createAdminGuard(
  options: AdminGuardOptions,
  { server }: { readonly server: TokenServer },
): Endpoint {
  const pass = createPassEndpoint(server);
  const { userHeader, vouchedUserHeader } = options;
  const claimed = new FieldNames([userHeader.name, vouchedUserHeader]);
  const withVouchedUser = (call: Call, user: string): Call => ({
    ...call,
    headers: [...withoutFields(call.headers, claimed), [vouchedUserHeader, user]],
  });
  return async (call) => {
    refuseElsewhere(call, options);
    refuseOtherCredential(call);
    const presented = requirePresented(call);
    const user = readNamedUser(call, options.userHeader);
    refuseUnlessVouched(user, presented, options);
    call.journal.user = user;
    return pass(withVouchedUser(call, user));
  };
}

/** Answered like a path that is not served: other listeners need not know that it exists. */
function refuseElsewhere({ chain }: Call, { listeners }: AdminGuardOptions): void {
  if (listeners.has(chain.listener)) return;
  throw new RequestError({
    status: 404,
    code: 'not_found',
    reason: 'admin_path_closed',
    publicText: 'nothing is served at this path',
  });
}

/** The server could act for the one credential while we vouch for the other. */
function refuseOtherCredential({ headers }: Call): void {
  if (fieldValues(headers, 'authorization').length === 0) return;
  throw new RequestError({
    status: 400,
    code: 'invalid_request',
    reason: 'client_methods_several',
    publicText: 'an authorization header must not stand beside the certificate',
  });
}

type Presented = Extract<Presentation, { readonly kind: 'presented' }>;

function requirePresented({ presentation }: Call): Presented {
  if (presentation.kind === 'presented') return presentation;
  const facts = { status: 400, publicText: 'a client certificate is required' };
  if (presentation.kind === 'absent') {
    const code = 'client_certificate_required';
    throw new RequestError({ ...facts, code, reason: 'certificate_absent' });
  }
  throw new RequestError({
    ...facts,
    code: 'client_certificate_invalid',
    reason: presentation.reason,
    publicText: 'the client certificate can not be read',
    detail: presentation.detail,
  });
}

/** @throws RequestError 403, the same whether the certificate or the user is the wrong one. */
function refuseUnlessVouched(
  user: string,
  { certificate, verdict }: Presented,
  options: AdminGuardOptions,
): void {
  const users = usersOf(certificate, verdict, options);
  if (users === 'every' || users?.has(user) === true) return;
  if (users !== undefined) throw forbidden('admin_user_not_allowed', `it may not name ${user}`);
  if (verdict.kind === 'untrusted') throw forbidden(verdict.reason, verdict.detail);
  throw forbidden('admin_certificate_not_allowed', 'it may name no user');
}

function forbidden(reason: Reason, detail: string): RequestError {
  return new RequestError({
    status: 403,
    code: 'access_denied',
    reason,
    publicText: 'the certificate does not vouch for this user',
    detail,
  });
}

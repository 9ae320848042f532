/**
 * What listener and route demand of the certificate of a request, before its body is read and
 * before anything is forwarded.
 */

import type { Presentation } from '../certificate/client-certificate.ts';
import { RequestError } from '../errors.ts';
import type { Reason } from '../errors.ts';
import type { ConnectionFacts } from '../http/exchange.ts';
import type { Call } from '../oauth/call.ts';
import type { FoundRoute } from './route.ts';

/**
 * The floor, which no route lowers.
 *
 * @param mode in force, which may be another than when the connection was made.
 * @throws RequestError as `applyRoutePolicy` does.
 */
export function applyListenerMode(
  call: Call,
  mode: ConnectionFacts['clientCertificateMode'],
  isOauth: boolean,
): void {
  if (mode !== 'require') return;
  requireReadable(call, isOauth);
  requirePresented(call, isOauth);
}

/**
 * Returns the call as its endpoint may see it: without the certificate where the route ignores it.
 *
 * @throws RequestError 401 `invalid_client` on OAuth paths, else 400 or 403.
 */
export function applyRoutePolicy(call: Call, route: FoundRoute): Call {
  const { isOauth, policy } = route;
  switch (policy.clientCertificate) {
    case 'ignore':
      return { ...call, presentation: { kind: 'absent' } };
    case 'forbid':
      requireAbsent(call, isOauth);
      return call;
    case 'want':
      requireReadable(call, isOauth);
      return call;
    case 'require':
      requireReadable(call, isOauth);
      requirePresented(call, isOauth);
      return call;
    case 'require_trusted':
      requireReadable(call, isOauth);
      requirePresented(call, isOauth);
      requireTrusted(call, isOauth);
      return call;
  }
}

/**
 * Whether a refused request has shown no usable certificate where one is demanded: its connection
 * is not kept, since only a new one can show another. One of a load balancer is: the next request on
 * it is another client's.
 */
export function lacksCertificate(
  { presentation, carrier, exchange }: Call,
  route?: FoundRoute,
): boolean {
  if (presentation.kind === 'presented' || carrier === 'balancer') return false;
  const policy = route?.policy.clientCertificate;
  if (presentation.kind === 'unreadable' || policy === 'require' || policy === 'require_trusted') {
    return true;
  }
  return exchange.connection.clientCertificateMode === 'require';
}

function requireReadable({ presentation, carrier }: Call, isOauth: boolean): void {
  if (presentation.kind !== 'unreadable') return;
  // At fault is the balancer, not the client: what it has is unknown, which is not absent.
  if (carrier === 'balancer') {
    throw new RequestError({
      status: 400,
      code: 'invalid_request',
      reason: presentation.reason,
      publicText: 'the certificate that the load balancer passes on can not be used',
      detail: presentation.detail,
    });
  }
  throw refused(isOauth, {
    status: 400,
    code: 'client_certificate_invalid',
    reason: presentation.reason,
    publicText: 'the client certificate can not be read',
    detail: presentation.detail,
  });
}

function requirePresented({ presentation }: Call, isOauth: boolean): void {
  if (presentation.kind !== 'absent') return;
  throw refused(isOauth, {
    status: 400,
    code: 'client_certificate_required',
    reason: 'certificate_absent',
    publicText: 'a client certificate is required',
  });
}

function requireAbsent({ presentation }: Call, isOauth: boolean): void {
  if (presentation.kind === 'absent') return;
  throw refused(isOauth, {
    status: 403,
    code: 'client_certificate_forbidden',
    reason: 'certificate_forbidden',
    publicText: 'no client certificate may be presented here',
  });
}

function requireTrusted({ presentation }: Call, isOauth: boolean): void {
  if (presentation.kind === 'presented' && presentation.verdict.kind === 'trusted') return;
  throw refused(isOauth, {
    status: 403,
    code: 'client_certificate_untrusted',
    publicText: 'a client certificate of a trusted authority is required',
    ...whyUntrusted(presentation),
  });
}

function whyUntrusted(presentation: Presentation): { reason: Reason; detail: string } {
  if (presentation.kind === 'presented' && presentation.verdict.kind === 'untrusted') {
    const { reason, detail } = presentation.verdict;
    return { reason, detail };
  }
  return { reason: 'certificate_untrusted', detail: 'the certificate is self-signed' };
}

/** RFC 6749 section 5.2 has one word for all of these. */
function refused(
  isOauth: boolean,
  facts: ConstructorParameters<typeof RequestError>[0],
): RequestError {
  return new RequestError(isOauth ? { ...facts, status: 401, code: 'invalid_client' } : facts);
}

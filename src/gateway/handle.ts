/** The journey of a request. The only place where requests are counted and logged. */

import type { Answer, Delivery, Exchange } from '../http/exchange.ts';
import { fieldValues } from '../http/header-list.ts';
import { waitTraced } from '../http/trace.ts';
import type { Call } from '../oauth/call.ts';
import type { RequestRecord } from '../telemetry/events.ts';
import type { BeginTrace, RequestTrace, TracedRequest } from '../telemetry/tracing.ts';
import { createAdmission } from './admission.ts';
import type { AdmissionDeps } from './admission.ts';
import type { AuthorityGuard, ListenerModes } from './authority.ts';
import { applyBodyLimit } from './body-policy.ts';
import { applyListenerMode, applyRoutePolicy, lacksCertificate } from './certificate-policy.ts';
import { certificateOutcome, openCall } from './identify.ts';
import type { IdentifyDeps } from './identify.ts';
import { refusalOf } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import type { FoundRoute, RouteTable } from './route.ts';
import type { Speaker } from './speaker.ts';
import { applyUpgradePolicy } from './upgrade-policy.ts';

export interface GatewayDeps extends IdentifyDeps {
  readonly guardAuthority: AuthorityGuard;
  readonly modeOf: ListenerModes;
  readonly speakerOf: (exchange: Exchange) => Speaker;
  readonly routes: RouteTable;
  /** Undefined where there is no tracing. */
  readonly trace: BeginTrace | undefined;
  readonly admission: AdmissionDeps;
  /** The largest request body of each listener, in octets. */
  readonly maxBodyBytes: ReadonlyMap<string, number>;
  readonly record: (record: RequestRecord) => void;
}

/** Answers an exchange, whatever happens on the way. Never rejects. */
export type Handle = (exchange: Exchange) => Promise<void>;

export function createGateway(deps: GatewayDeps): Handle {
  const { guardAuthority, modeOf, speakerOf, routes, record, ...identity } = deps;
  const { trace: beginTrace, maxBodyBytes } = deps;
  const admit = createAdmission(deps.admission);
  return async (exchange) => {
    const trace = beginTrace?.(tracedRequest(exchange));
    const speaker = speakerOf(exchange);
    using admission = admit(exchange, speaker);
    // Nobody is asked about the certificate of a request that is refused anyway.
    const answers = admission.refusal ? undefined : identity.trust.prepare(speaker.chain);
    // No turn of the event loop where there is nothing to wait for.
    if (answers !== undefined) await waitTraced(trace, 'revocation', answers);
    let call = openCall(exchange, speaker, identity, trace);
    let route: FoundRoute | undefined;
    let refusal: Refusal | undefined;
    let answer: Answer;
    try {
      if (admission.refusal) throw admission.refusal;
      guardAuthority(exchange);
      const mode = modeOf(exchange.connection);
      applyListenerMode(call, mode, routes.isOauth(exchange.target.path));
      route = routes.find(exchange.target.path);
      call = applyRoutePolicy(call, route);
      applyUpgradePolicy(exchange, route);
      applyBodyLimit(exchange, route, maxBodyBytes);
      answer = await route.endpoint(call);
    } catch (error) {
      refusal = refusalOf(error);
      answer = refusal.answer;
    }
    // A client that wants a host of other rules has to connect to that host.
    const isMisdirected = refusal?.reason === 'authority_mismatch';
    const close = isMisdirected || (refusal !== undefined && lacksCertificate(call, route));
    const named = withRequestId(answer, exchange.requestId, close);
    const delivery = await exchange.respond(named);
    const used = speaker.header === undefined ? {} : { certificateHeader: speaker.header };
    const finished = { ...recordOf(call, route, named.status, refusal, delivery), ...used };
    record(trace === undefined ? finished : { ...finished, ...idsOf(trace) });
    trace?.end(finished);
  };
}

function tracedRequest(exchange: Exchange): TracedRequest {
  const { requestId, method, connection, headers } = exchange;
  return {
    requestId,
    method,
    listener: connection.listener,
    protocol: connection.httpProtocol,
    traceparent: fieldValues(headers, 'traceparent'),
    tracestate: fieldValues(headers, 'tracestate'),
  };
}

function idsOf({ traceId, spanId }: RequestTrace): Pick<RequestRecord, 'traceId' | 'spanId'> {
  return { traceId, spanId };
}

function withRequestId(answer: Answer, requestId: string, close: boolean): Answer {
  const headers = answer.headers.filter(([name]) => name.toLowerCase() !== 'x-request-id');
  const mustClose = close || answer.close === true;
  return { ...answer, headers: [...headers, ['x-request-id', requestId]], close: mustClose };
}

function recordOf(
  call: Call,
  route: FoundRoute | undefined,
  status: number,
  refusal: Refusal | undefined,
  delivery: Delivery,
): RequestRecord {
  const { exchange, journal, forwarding } = call;
  const reason = refusal?.reason ?? journal.reason;
  return {
    requestId: exchange.requestId,
    listener: exchange.connection.listener,
    peerAddress: forwarding.path[0],
    socketAddress: exchange.connection.socketAddress,
    protocol: exchange.connection.httpProtocol,
    method: exchange.method,
    path: exchange.target.path,
    route: route?.name ?? 'unknown',
    status,
    durationSeconds: (performance.now() - exchange.receivedAt) / 1_000,
    bytes: delivery.bytes,
    delivery: delivery.outcome,
    certificate: certificateOutcome(call.presentation),
    decision: refusal?.decision ?? (reason === undefined ? 'allowed' : 'refused'),
    ...(journal.clientId === undefined ? {} : { clientId: journal.clientId }),
    ...(journal.grantType === undefined ? {} : { grantType: journal.grantType }),
    ...(journal.user === undefined ? {} : { user: journal.user }),
    ...(reason === undefined ? {} : { reason }),
    ...(refusal === undefined ? {} : { detail: refusal.detail }),
    ...(journal.outcome === undefined ? {} : { outcome: journal.outcome }),
  };
}

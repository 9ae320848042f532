/** The journey of a request. The only place where requests are counted and logged. */

import type { Answer, Delivery, Exchange, HeaderList } from '../http/exchange.ts';
import { FieldNames } from '../http/field-names.ts';
import { fieldValues, withoutFields } from '../http/header-list.ts';
import { waitTraced } from '../http/trace.ts';
import type { Call } from '../oauth/call.ts';
import type { RequestRecord } from '../telemetry/events.ts';
import type { BeginTrace, RequestTrace, TracedRequest } from '../telemetry/tracing.ts';
import { createAdmission } from './admission.ts';
import type { Admission, AdmissionDeps } from './admission.ts';
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

/**
 * Answers an exchange, whatever happens on the way. Never rejects.
 *
 * @param onEnd called once, when nothing is done for the request any more.
 */
export type Handle = (exchange: Exchange, onEnd: () => void) => Promise<void>;

export function createGateway(deps: GatewayDeps): Handle {
  const { guardAuthority, modeOf, speakerOf, routes, record, ...identity } = deps;
  const { trace: beginTrace, maxBodyBytes } = deps;
  const admit = createAdmission(deps.admission);
  return async (exchange, onEnd) => {
    let admission: Admission | undefined;
    try {
      const trace = beginTrace?.(tracedRequest(exchange));
      const speaker = speakerOf(exchange);
      admission = admit(exchange, speaker);
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
      const delivery = await exchange.respond(withRequestId(answer, exchange.requestId, close));
      const { status } = answer;
      const finished = recordOf(call, { route, speaker, trace, status, delivery, refusal });
      record(finished);
      trace?.end(finished);
    } finally {
      try {
        admission?.end();
      } finally {
        onEnd();
      }
    }
  };
}

const REQUEST_ID = new FieldNames(['x-request-id']);

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

function withRequestId(answer: Answer, requestId: string, close: boolean): Answer {
  const { status, body, tunnel } = answer;
  const others = withoutFields(answer.headers, REQUEST_ID);
  const headers: HeaderList = [...others, ['x-request-id', requestId]];
  return { status, headers, body, tunnel, close: close || answer.close === true };
}

interface Ended {
  readonly route: FoundRoute | undefined;
  readonly speaker: Speaker;
  readonly trace: RequestTrace | undefined;
  readonly status: number;
  readonly delivery: Delivery;
  readonly refusal: Refusal | undefined;
}

function recordOf(
  { exchange, journal, forwarding, presentation }: Call,
  { route, speaker, trace, status, delivery, refusal }: Ended,
): RequestRecord {
  const { connection } = exchange;
  const reason = refusal?.reason ?? journal.reason;
  return {
    requestId: exchange.requestId,
    traceId: trace?.traceId,
    spanId: trace?.spanId,
    listener: connection.listener,
    peerAddress: forwarding.path[0],
    socketAddress: connection.socketAddress,
    protocol: connection.httpProtocol,
    method: exchange.method,
    path: exchange.target.path,
    route: route?.name ?? 'unknown',
    status,
    durationSeconds: (performance.now() - exchange.receivedAt) / 1_000,
    bytes: delivery.bytes,
    delivery: delivery.outcome,
    certificate: certificateOutcome(presentation),
    certificateHeader: speaker.header,
    decision: refusal?.decision ?? (reason === undefined ? 'allowed' : 'refused'),
    clientId: journal.clientId,
    grantType: journal.grantType,
    user: journal.user,
    reason,
    detail: refusal?.detail,
    outcome: journal.outcome,
  };
}

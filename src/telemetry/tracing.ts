/** The place of each request in a trace: taken from its client or made here, and passed on. */

import { boundText } from './bounded-text.ts';
import type { RequestRecord } from './events.ts';
import { httpProtocolLabel, methodLabel, routeLabel } from './labels.ts';
import type { Attributes, RecordedSpan, Spans } from './open-telemetry.ts';
import { redact } from './redaction.ts';
import { childContext, newTraceContext, readTraceContext, traceFields } from './trace-context.ts';

export interface TracingOptions {
  /**
   * `off`: nothing is read or written. `join`: a client's trace goes on. `restart`: every request
   * begins a trace, whatever its client says.
   */
  readonly mode: 'off' | 'join' | 'restart';
  /** The part of the traces begun here that is sampled, 0 to 1, where no SDK decides. */
  readonly sampleRatio: number;
}

export interface TracedRequest {
  readonly requestId: string;
  readonly method: string;
  readonly listener: string;
  readonly protocol: string;
  /** Every field line of that name. */
  readonly traceparent: readonly string[];
  readonly tracestate: readonly string[];
}

/** Satisfies `Trace` of the room http. */
export interface RequestTrace {
  readonly traceId: string;
  readonly spanId: string;
  begin(method: string): {
    readonly headers: readonly (readonly [string, string])[];
    end(outcome: { readonly status: number } | { readonly failure: string }): void;
  };
  waited(what: 'revocation' | 'key_set', since: number): void;
  /** The request is over. */
  end(record: RequestRecord): void;
}

export type BeginTrace = (request: TracedRequest) => RequestTrace;

/** Longest text of a client in a span. */
const MAX_TEXT = 256;

/**
 * Returns what begins the trace of each request; undefined where there is no tracing.
 *
 * @param spans where spans are recorded, if anywhere.
 */
export function createTracing(
  { mode, sampleRatio }: TracingOptions,
  spans: Spans | undefined,
): BeginTrace | undefined {
  if (mode === 'off') return undefined;
  return (request) => {
    const { traceparent, tracestate } = request;
    const parent = mode === 'join' ? readTraceContext(traceparent, tracestate) : undefined;
    const span = spans?.begin(parent, methodName(request.method), startAttributes(request));
    const context =
      span?.context ?? (parent === undefined ? newTraceContext(sampleRatio) : childContext(parent));
    return {
      traceId: context.traceId,
      spanId: context.spanId,
      begin: (method) => {
        const name = methodName(method);
        const leg = span?.child(name, { 'http.request.method': name });
        return {
          headers: traceFields(leg?.context ?? childContext(context)),
          end: (outcome) => endLeg(leg, outcome),
        };
      },
      waited: (what, since) =>
        span?.child(`wait ${what}`, { 'certbound.awaited': what }, since)?.end({ attributes: {} }),
      end: (record) =>
        span?.end({
          name: `${methodName(record.method)} ${routeLabel(record.route)}`,
          attributes: endAttributes(record),
          failure: record.decision === 'failed' ? (record.reason ?? 'internal_error') : undefined,
        }),
    };
  };
}

function endLeg(
  leg: RecordedSpan | undefined,
  outcome: { readonly status: number } | { readonly failure: string },
): void {
  if ('failure' in outcome) leg?.end({ attributes: {}, failure: outcome.failure });
  else {
    leg?.end({
      attributes: { 'http.response.status_code': outcome.status },
      // As the conventions of OpenTelemetry have it for the side that asked.
      failure: outcome.status >= 400 ? String(outcome.status) : undefined,
    });
  }
}

/** `_OTHER` as the conventions of OpenTelemetry have it. */
function methodName(method: string): string {
  const label = methodLabel(method);
  return label === 'other' ? '_OTHER' : label;
}

function startAttributes({ requestId, method, listener, protocol }: TracedRequest): Attributes {
  return {
    'http.request.method': methodName(method),
    'url.scheme': 'https',
    'network.protocol.version': httpProtocolLabel(protocol) === 'h2' ? '2' : '1.1',
    'certbound.listener': listener,
    'certbound.request_id': requestId,
  };
}

/** Nothing that a log line may not hold: neither query nor header fields. */
function endAttributes(record: RequestRecord): Attributes {
  const { reason, outcome, clientId, certificate } = record;
  return {
    'http.route': routeLabel(record.route),
    'http.response.status_code': record.status,
    'client.address': text(record.peerAddress),
    'certbound.decision': record.decision,
    'certbound.certificate': certificate.outcome,
    ...(certificate.thumbprint !== undefined && { 'certbound.thumbprint': certificate.thumbprint }),
    ...(reason !== undefined && { 'certbound.reason': reason }),
    ...(outcome !== undefined && { 'certbound.outcome': outcome }),
    ...(clientId !== undefined && { 'certbound.client_id': text(clientId) }),
  };
}

function text(foreign: string): string {
  return boundText(redact(foreign), MAX_TEXT, MAX_TEXT).text;
}

/**
 * Spans by OpenTelemetry, where its API is installed and an SDK has been registered with it. Neither
 * is part of the product: without them requests still have their place in a trace.
 */

import type * as OpenTelemetryApi from '@opentelemetry/api';
import type { Context, Span, SpanContext, SpanKind, Tracer } from '@opentelemetry/api';

import type { TraceContext } from './trace-context.ts';

export type Attributes = Readonly<Record<string, string | number>>;

export interface SpanEnd {
  readonly name?: string;
  readonly attributes: Attributes;
  /** What failed, where something did. */
  readonly failure?: string | undefined;
}

export interface RecordedSpan {
  readonly context: TraceContext;
  /**
   * A request to somebody else; undefined where it has no place of its own.
   *
   * @param since milliseconds since the epoch; now where absent.
   */
  child(name: string, attributes: Attributes, since?: number): RecordedSpan | undefined;
  end(end: SpanEnd): void;
}

export interface Spans {
  /** Undefined where nobody has registered an SDK, or where it fails. */
  begin(
    parent: TraceContext | undefined,
    name: string,
    attributes: Attributes,
  ): RecordedSpan | undefined;
}

type Api = typeof OpenTelemetryApi;

/** Loads the API; undefined, without a word, where it is not installed. */
export async function loadOpenTelemetry(
  load: () => Promise<Api> = () => import('@opentelemetry/api'),
): Promise<Spans | undefined> {
  try {
    return createSpans(await load());
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

function createSpans(api: Api): Spans {
  const tracer = api.trace.getTracer('certbound');
  return {
    begin: (parent, name, attributes) => {
      const root = parent === undefined ? api.ROOT_CONTEXT : remoteContext(api, parent);
      return open(api, tracer, { name, attributes, kind: api.SpanKind.SERVER, above: root });
    },
  };
}

interface Opening {
  readonly name: string;
  readonly attributes: Attributes;
  readonly kind: SpanKind;
  readonly above: Context;
  readonly since?: number | undefined;
}

function open(
  api: Api,
  tracer: Tracer,
  { name, attributes, kind, above, since }: Opening,
): RecordedSpan | undefined {
  const span = attempt(() =>
    tracer.startSpan(
      name,
      { kind, attributes: { ...attributes }, ...(since !== undefined && { startTime: since }) },
      above,
    ),
  );
  const context = span?.spanContext();
  if (span === undefined || context === undefined || !isOwn(api, context, above)) return undefined;
  const below = api.trace.setSpan(above, span);
  return {
    context: {
      traceId: context.traceId,
      spanId: context.spanId,
      isSampled: (context.traceFlags & api.TraceFlags.SAMPLED) !== 0,
      state: context.traceState?.serialize() ?? '',
    },
    child: (childName, own, began) =>
      open(api, tracer, {
        name: childName,
        attributes: own,
        kind: api.SpanKind.CLIENT,
        above: below,
        since: began,
      }),
    end: (end) => {
      attempt(() => endSpan(api, span, end));
    },
  };
}

/** Without an SDK the API hands back the context above, or none. */
function isOwn(api: Api, context: SpanContext, above: Context): boolean {
  const over = api.trace.getSpanContext(above);
  return api.isSpanContextValid(context) && context.spanId !== over?.spanId;
}

function remoteContext(api: Api, { traceId, spanId, isSampled, state }: TraceContext): Context {
  return api.trace.setSpanContext(api.ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: isSampled ? api.TraceFlags.SAMPLED : api.TraceFlags.NONE,
    isRemote: true,
    ...(state !== '' && { traceState: api.createTraceState(state) }),
  });
}

function endSpan(api: Api, span: Span, { name, attributes, failure }: SpanEnd): void {
  if (name !== undefined) span.updateName(name);
  span.setAttributes({ ...attributes });
  if (failure !== undefined) {
    span.setAttribute('error.type', failure);
    span.setStatus({ code: api.SpanStatusCode.ERROR, message: failure });
  }
  span.end();
}

/** An SDK is foreign code: what fails in it must not fail a request. */
function attempt<Result>(run: () => Result): Result | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

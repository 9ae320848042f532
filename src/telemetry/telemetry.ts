/** Log and metrics as one: what happens is told once and both hear it. */

import type { EventSink, NoticeEvent, RequestRecord } from './events.ts';
import { createHistory } from './history.ts';
import type { HistorySnapshot } from './history.ts';
import { createLog } from './log.ts';
import type { LogStream } from './log.ts';
import { createMetrics } from './metrics.ts';
import type { Metrics } from './metrics.ts';
import { createRefusalLines } from './refusal-lines.ts';

export interface TelemetryOptions {
  /** Least level that is written. */
  readonly level: NoticeEvent['level'];
  readonly stream: LogStream;
  /** Our own version. */
  readonly version: string;
  /** Lines in colours where the stream is a terminal. Default true. */
  readonly coloured?: boolean;
  /** Whether other processes write to the stream, too. */
  readonly isShared?: boolean;
  /** The number of this process, told in each line. */
  readonly worker?: number | undefined;
}

export interface Telemetry {
  /** For what happens without a request. */
  readonly events: EventSink;
  /** Counts and logs one finished request. Never throws. */
  request(record: RequestRecord): void;
  readonly metrics: Pick<
    Metrics,
    | 'render'
    | 'samples'
    | 'renderSum'
    | 'workerEnded'
    | 'watchWorkers'
    | 'setCertificateExpiries'
    | 'setCrlNextUpdates'
    | 'countOcspQuestion'
    | 'reloaded'
    | 'watchConnections'
    | 'connections'
    | 'watchOverload'
    | 'observeUpstream'
    | 'observeStore'
  >;
  /** The last hour, for the status page. */
  history(): HistorySnapshot;
  log(level: NoticeEvent['level'], text: string, fields?: NoticeEvent['fields']): void;
  /** Writes pending lines and stops all background measuring. Idempotent. */
  close(): Promise<void>;
}

export function createTelemetry(options: TelemetryOptions): Telemetry {
  const metrics = createMetrics({ version: options.version });
  const history = createHistory();
  const log = createLog(
    {
      level: options.level,
      stream: options.stream,
      coloured: options.coloured ?? true,
      isShared: options.isShared ?? false,
      worker: options.worker,
    },
    { onDropped: metrics.logLinesDropped },
  );

  const lines = createRefusalLines(log.event);

  /** Telling must never break what is told about: the sink's contract is that it never throws. */
  const guarded = <Told extends readonly unknown[]>(
    tell: (...told: Told) => void,
    ...told: Told
  ): void => {
    try {
      tell(...told);
    } catch {
      metrics.logLinesDropped(1);
    }
  };

  const count: EventSink = (event) => {
    if (event.kind === 'notice') return;
    if (event.kind === 'connection_refused') {
      metrics.connectionRefused(event);
      history.refused(event.reason);
    } else {
      metrics.handshake(event);
      history.handshake(event);
    }
  };
  const events: EventSink = (event) => {
    guarded(count, event);
    guarded(lines.event, event);
  };

  return {
    events,
    request: (record) => {
      const now = Date.now();
      guarded(metrics.request, record);
      guarded(history.request, record, now);
      guarded(log.request, record, now);
    },
    metrics: {
      render: metrics.render,
      samples: metrics.samples,
      renderSum: metrics.renderSum,
      workerEnded: metrics.workerEnded,
      watchWorkers: metrics.watchWorkers,
      setCertificateExpiries: metrics.setCertificateExpiries,
      setCrlNextUpdates: metrics.setCrlNextUpdates,
      countOcspQuestion: metrics.countOcspQuestion,
      reloaded: metrics.reloaded,
      watchConnections: metrics.watchConnections,
      connections: metrics.connections,
      watchOverload: metrics.watchOverload,
      observeUpstream: (result, seconds) => {
        metrics.observeUpstream(result, seconds);
        history.upstream(result === 'answered');
      },
      observeStore: (operation, result, seconds) => {
        metrics.observeStore(operation, result, seconds);
        history.store(result === 'ok');
      },
    },
    history: history.snapshot,
    log: (level, text, fields = {}) => events({ kind: 'notice', level, text, fields }),
    close: async () => {
      metrics.close();
      guarded(lines.close);
      await log.close();
    },
  };
}

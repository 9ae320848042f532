/** What the primary process asks its workers, and what they answer. All of it is plain data. */

import type { ConfigSnapshot } from '../config/snapshot.ts';
import type { ConfigProblem } from '../errors.ts';
import type { ExplainPem } from '../management/explain.ts';
import type { Readiness } from '../management/probes.ts';
import type { StatusReport } from '../management/status-report.ts';
import type { Word } from '../server/announcements.ts';
import type { BoundListener } from '../server/listeners.ts';
import type { ReloadOutcome } from '../server/reload.ts';
import type { Samples } from '../telemetry/metric-sum.ts';

export interface StartOrder {
  readonly snapshot: ConfigSnapshot;
  /** Its place among the workers, from 1 on; who replaces it has the same. */
  readonly number: number;
  /** How many workers there are. */
  readonly count: number;
  /** The same in all of them, so that each takes the tickets of the others. */
  readonly ticketSecret: Uint8Array;
  readonly coloured: boolean;
}

export type StartAnswer =
  | { readonly outcome: 'started'; readonly listeners: readonly BoundListener[] }
  | { readonly outcome: 'refused'; readonly problems: readonly ConfigProblem[] }
  | { readonly outcome: 'failed'; readonly detail: string };

type ExplainArguments = Parameters<ExplainPem>;

export interface Questions {
  readonly start: { readonly asked: StartOrder; readonly answer: StartAnswer };
  /** The first phase of a reload; `commit` or `abort` follows. */
  readonly prepare: {
    readonly asked: ConfigSnapshot;
    readonly answer: { readonly outcome: 'prepared' } | ReloadOutcome;
  };
  readonly commit: {
    readonly asked: undefined;
    readonly answer: {
      readonly outcome: ReloadOutcome;
      readonly listeners: readonly BoundListener[];
    };
  };
  readonly abort: { readonly asked: undefined; readonly answer: undefined };
  readonly samples: { readonly asked: undefined; readonly answer: Samples };
  readonly status: {
    readonly asked: undefined;
    readonly answer: Omit<StatusReport, 'readiness'>;
  };
  readonly readiness: { readonly asked: undefined; readonly answer: Readiness };
  readonly explain: {
    readonly asked: { readonly pem: ExplainArguments[0]; readonly about: ExplainArguments[1] };
    readonly answer: Awaited<ReturnType<ExplainPem>>;
  };
  /** Answered by the end of the process. */
  readonly stop: { readonly asked: undefined; readonly answer: undefined };
}

export type Question = keyof Questions;

export interface AskedMessage {
  readonly id: number;
  readonly question: Question;
  readonly asked: unknown;
}

/** From one worker to all the others. */
export interface ToldMessage {
  readonly told: readonly Word[];
}

export interface AnswerMessage {
  readonly id: number;
  readonly answer: unknown;
}

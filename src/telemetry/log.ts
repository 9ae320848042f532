/** The log: one bounded line per event, JSON for machines, readable text at a terminal. */

import type { Writable } from 'node:stream';

import type { RequestRecord, TelemetryEvent } from './events.ts';
import { createLogDestination } from './log-destination.ts';
import { createLineHead } from './line-head.ts';
import { eventEntry } from './log-fields.ts';
import type { LogLevel } from './log-fields.ts';
import { logLine } from './log-line.ts';
import { readableLine } from './readable-line.ts';
import { createRequestLine, requestLevel } from './request-line.ts';

/** Standard output, or any other stream; `isTTY` makes the lines readable. */
export type LogStream = Writable & { readonly isTTY?: boolean | undefined };

export interface LogOptions {
  /** Least level that is written. */
  readonly level: LogLevel;
  readonly stream: LogStream;
  /** Lines in colours, where the stream is a terminal. */
  readonly coloured: boolean;
  /** Whether other processes write to the stream, too. */
  readonly isShared?: boolean;
  /** The number of this process, told in each line. */
  readonly worker?: number | undefined;
}

export interface LogDeps {
  /** Told how many lines were lost. */
  readonly onDropped: (lines: number) => void;
}

export interface Log {
  /** @param now milliseconds since the epoch. */
  request(record: RequestRecord, now: number): void;
  event(event: TelemetryEvent): void;
  /** Writes what is pending, waiting a second at most. Idempotent. */
  close(): Promise<void>;
}

/** From the least on. */
const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

export function createLog(
  { level, stream, coloured, isShared = false, worker }: LogOptions,
  { onDropped }: LogDeps,
): Log {
  const destination = createLogDestination({ stream, isShared, onDropped });
  const isReadable = stream.isTTY === true;
  const written: ReadonlySet<LogLevel> = new Set(LEVELS.slice(LEVELS.indexOf(level)));
  const headOf = createLineHead(worker);
  const requestLine = createRequestLine();
  const write = (line: string): void => {
    destination.write(isReadable ? readableLine(line, coloured) : line);
  };
  return {
    request: (record, now) => {
      const own = requestLevel(record);
      if (written.has(own)) write(requestLine(record, headOf(own, now)));
    },
    event: (event) => {
      const entry = eventEntry(event);
      if (written.has(entry.level)) write(logLine(entry, headOf(entry.level, Date.now())));
    },
    close: () => destination.close(),
  };
}

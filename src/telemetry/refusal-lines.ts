/**
 * Lines about connections that came to nothing. Whoever begins thousands a second must not get a line
 * for each: that costs more than to refuse them. Of each reason the first ones of a second are told one
 * by one, the rest as a number.
 */

import type { Reason } from '../errors.ts';
import type { EventSink, NoticeEvent, TelemetryEvent } from './events.ts';

/** Of each reason. */
export const LINES_PER_SECOND = 50;

const WINDOW_MS = 1_000;

export interface RefusalLines {
  /** Takes every event; those that are no refusals pass. */
  readonly event: EventSink;
  /** Tells what is left to tell. */
  close(): void;
}

type RefusedKind = 'connection_refused' | 'handshake_failed';

interface Refused {
  readonly kind: RefusedKind;
  readonly reason: Reason;
  count: number;
}

/** Bounded by the kinds and reasons that there are. */
export function createRefusalLines(write: EventSink): RefusalLines {
  const refused = new Map<string, Refused>();
  let window: NodeJS.Timeout | undefined;

  const endWindow = (): void => {
    clearTimeout(window);
    window = undefined;
    const ended = [...refused.values()];
    refused.clear();
    for (const each of ended) if (each.count > LINES_PER_SECOND) write(restOf(each));
  };

  const isTold = (kind: RefusedKind, reason: Reason): boolean => {
    window ??= setTimeout(endWindow, WINDOW_MS).unref();
    const key = `${kind} ${reason}`;
    const counted = refused.get(key) ?? { kind, reason, count: 0 };
    counted.count += 1;
    refused.set(key, counted);
    return counted.count <= LINES_PER_SECOND;
  };

  return {
    event: (event) => {
      if (!isRefusal(event) || isTold(event.kind, event.reason)) write(event);
    },
    close: endWindow,
  };
}

function isRefusal(
  event: TelemetryEvent,
): event is Extract<TelemetryEvent, { readonly kind: RefusedKind }> {
  return event.kind === 'connection_refused' || event.kind === 'handshake_failed';
}

function restOf({ kind, reason, count }: Refused): NoticeEvent {
  const text =
    kind === 'connection_refused' ? 'more connections refused' : 'more handshakes failed';
  return {
    kind: 'notice',
    level: 'info',
    text,
    fields: { reason, count: count - LINES_PER_SECOND },
  };
}

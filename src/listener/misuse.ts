/** Telling of a bug on the other side of one of our contracts. */

import type { NoticeEvent } from '../telemetry/events.ts';
import { visibleText } from './visible-text.ts';

/** The event for a handler, or another dependency, that did what it must not. */
export function misuse(listener: string, text: string, error?: unknown): NoticeEvent {
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : undefined;
  const fields = { listener, ...(detail === undefined ? {} : { detail: visibleText(detail) }) };
  return { kind: 'notice', level: 'error', text, fields };
}

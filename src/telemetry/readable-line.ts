/** One log line as a person at a terminal reads it. */

import { escapeHidden } from './bounded-text.ts';

const COLOURS: Readonly<Record<string, number>> = { debug: 90, info: 32, warn: 33, error: 31 };
/** Text that needs no quotes to be told from what stands around it. */
const WORD = /^[\w.,:;/@%+~*()[\]-]+$/;

/**
 * Returns `time LEVEL text name=value ...` for a line of JSON; a request is led by its method, path
 * and status. Values are quoted and escaped as JSON does, so that no control character of a client
 * reaches the terminal.
 */
export function readableLine(json: string, coloured: boolean): string {
  const { level, time, msg, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const { method, path, status, ...others } = fields;
  const isRequest = method !== undefined && path !== undefined && status !== undefined;
  const name = String(level);
  const paint = (text: string): string =>
    coloured ? `\u001b[${COLOURS[name] ?? 0}m${text}\u001b[0m` : text;
  return `${[
    String(time),
    paint(name.toUpperCase().padEnd(5)),
    escapeHidden(JSON.stringify(msg).slice(1, -1)),
    ...(isRequest ? [method, path, status].map(word) : []),
    ...Object.entries(isRequest ? others : fields).map(([key, value]) => `${key}=${word(value)}`),
  ].join(' ')}\n`;
}

function word(value: unknown): string {
  const text = String(value);
  return WORD.test(text) ? text : escapeHidden(JSON.stringify(text));
}

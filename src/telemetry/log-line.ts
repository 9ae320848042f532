/** A log entry as one line of JSON: each field bounded, so that the line is, and secrets taken out. */

import { boundText, quotedText } from './bounded-text.ts';
import type { FieldValue, LogEntry } from './log-fields.ts';
import { REDACTED, isSecretName, redact } from './redaction.ts';

/** Longest line, its line feed included. */
export const MAX_LINE_BYTES = 4_096;
/** Room for what stands in every line beside fields and text: level, time, worker, punctuation. */
const FRAME_BYTES = 128;
const MAX_TEXT_BYTES = 512;
/** Nothing beyond this is looked at, however long a foreign text is. */
const MAX_READ_CHARS = 4_096;
const MAX_NUMBER_BYTES = 24;

interface Rule {
  readonly chars: number;
  readonly bytes: number;
  /** Our own words and facts of the connection are bounded, but hold no secret. */
  readonly isOurs: boolean;
}

const OURS: Rule = { chars: 256, bytes: 512, isOurs: true };
const FOREIGN: Rule = { ...OURS, isOurs: false };

/** The fields of the lines that are written most; any other is `FOREIGN`. */
const RULES: ReadonlyMap<string, Rule> = new Map([
  ...[
    'request_id',
    'trace_id',
    'span_id',
    'listener',
    'peer',
    'socket',
    'route',
    'thumbprint',
    'certificate',
    'certificate_reason',
    'certificate_header',
    'decision',
    'reason',
    'outcome',
    'delivery',
    'protocol',
    'status',
    'duration_ms',
    'bytes',
  ].map((name) => [name, OURS] as const),
  ['method', FOREIGN],
  ['grant_type', FOREIGN],
  ['user', FOREIGN],
  ['path', { chars: 256, bytes: 768, isOurs: false }],
  ['client_id', { chars: 256, bytes: 768, isOurs: false }],
  ['detail', { chars: 1_024, bytes: 1_536, isOurs: false }],
]);

/** Names that stand in every line; a second one would make it ambiguous. */
const RESERVED: ReadonlySet<string> = new Set(['level', 'time', 'msg', 'err', 'cut']);

export interface LineFrame {
  /** As ISO 8601 writes it. */
  readonly time: string;
  /** The number of this process; undefined where there is but one. */
  readonly worker: number | undefined;
}

/**
 * Returns the line with its line feed. Fields are kept in their order; `"cut":true` says that some
 * found no room.
 */
export function logLine({ level, text, fields }: LogEntry, { time, worker }: LineFrame): string {
  const message = boundText(redact(readable(text)), MAX_TEXT_BYTES, MAX_TEXT_BYTES);
  let line = `{"level":"${level}","time":"${time}"`;
  if (worker !== undefined) line += `,"worker":${worker}`;
  let room = MAX_LINE_BYTES - FRAME_BYTES - message.bytes;
  // By far the cheapest way to look at all members of so large an object.
  for (const name in fields) {
    const value = fields[name];
    if (value === undefined) continue;
    const rule = RULES.get(name);
    const key = rule === undefined ? fieldName(name) : name;
    // Comma, colon and up to four quotes.
    room -= key.length + 6;
    if (room < MAX_NUMBER_BYTES) {
      line += ',"cut":true';
      break;
    }
    if (typeof value !== 'string') {
      line += `,"${key}":${plainValue(value)}`;
      room -= MAX_NUMBER_BYTES;
      continue;
    }
    const { chars, bytes, isOurs } = rule ?? FOREIGN;
    const shown = isOurs ? value : withoutSecrets(key, rule, value);
    const bounded = boundText(shown, chars, Math.min(bytes, room));
    line += `,"${key}":${quotedText(bounded)}`;
    room -= bounded.bytes;
  }
  return `${line},"msg":${quotedText(message)}}\n`;
}

/** JSON knows no NaN and no Infinity. */
function plainValue(value: Exclude<FieldValue, string>): string {
  return typeof value === 'boolean' || Number.isFinite(value) ? String(value) : 'null';
}

function withoutSecrets(key: string, rule: Rule | undefined, value: string): string {
  return rule === undefined && isSecretName(key) ? REDACTED : redact(readable(value));
}

/** Field names are ours; whatever else comes in is made harmless rather than trusted. */
function fieldName(name: string): string {
  const key = /^\w{1,64}$/.test(name) ? name : name.slice(0, 64).replaceAll(/\W/g, '_');
  return RESERVED.has(key) ? `${key}_` : key;
}

function readable(text: string): string {
  return text.length > MAX_READ_CHARS ? text.slice(0, MAX_READ_CHARS) : text;
}

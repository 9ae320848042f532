/** What each field of a log line may hold. */

import { isSecretName } from './redaction.ts';

/** A field, and how much of a text it takes. */
export interface Field {
  /** Comma, name and colon, as they stand in the line. */
  readonly lead: string;
  readonly chars: number;
  readonly bytes: number;
  /** Our own words and facts of the connection are bounded, but hold no secret. */
  readonly isOurs: boolean;
  /** Named for a secret: its text is never written. */
  readonly isSecret: boolean;
}

type Rule = Pick<Field, 'chars' | 'bytes' | 'isOurs'>;

const OURS: Rule = { chars: 256, bytes: 512, isOurs: true };
const FOREIGN: Rule = { ...OURS, isOurs: false };

/** The most that any field takes. */
export const MAX_FIELD_BYTES = 1_536;

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
  ['detail', { chars: 1_024, bytes: MAX_FIELD_BYTES, isOurs: false }],
]);

/** Names that stand in every line; a second one would make it ambiguous. */
const RESERVED: ReadonlySet<string> = new Set(['level', 'time', 'msg', 'err', 'cut']);

/** The field of this name. Names are ours; whatever else comes in is made harmless, not trusted. */
export function fieldOf(name: string): Field {
  const rule = RULES.get(name);
  if (rule !== undefined) return { lead: `,"${name}":`, isSecret: false, ...rule };
  const word = /^\w{1,64}$/.test(name) ? name : name.slice(0, 64).replaceAll(/\W/g, '_');
  const key = RESERVED.has(word) ? `${word}_` : word;
  return { lead: `,"${key}":`, isSecret: isSecretName(key), ...FOREIGN };
}

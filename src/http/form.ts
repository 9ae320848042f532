/**
 * `application/x-www-form-urlencoded` bodies, read strictly and written again from what was read,
 * so that nobody behind us can see other parameters than we did.
 */

import { RequestError } from '../errors.ts';
import type { Reason } from '../errors.ts';
import { whenAtHand } from './at-hand.ts';
import { readRequestBody } from './body.ts';
import type { Exchange } from './exchange.ts';
import { fieldValues } from './header-list.ts';

/** Less than the identity servers take, the embedded one 56 KiB: writing it again may add some. */
const MAX_BODY_BYTES = 32_768;
const MAX_PARAMETERS = 100;

/** Parameters that their specifications allow to repeat (RFC 8707 section 2, RFC 8693 section 2.1). */
const REPEATABLE: ReadonlySet<string> = new Set(['resource', 'audience']);

export interface Form {
  /** The value of the parameter; undefined when absent or empty (RFC 6749 section 3.2). */
  get(name: string): string | undefined;
  readonly entries: readonly (readonly [name: string, value: string])[];
  /** The octets that it was read from, where to write it would give the very same. */
  readonly octets?: Buffer | undefined;
}

/**
 * Reads the form of a POST, at once where its body has come. Parameters without a value count as
 * omitted (RFC 6749 section 3.2).
 *
 * @throws RequestError `invalid_request` on another method, media type or charset, on a query, on
 * damage, on a repeated parameter; 413 for a body over 32 KiB.
 */
export function readForm(exchange: Exchange): Form | Promise<Form> {
  if (exchange.target.query !== undefined) {
    throw invalid('request_parameter_in_query', 'parameters must be sent in the body');
  }
  return readFormBody(exchange);
}

/** The same where the caller looks at the query itself. */
export function readFormBody(exchange: Exchange): Form | Promise<Form> {
  if (exchange.method !== 'POST') {
    throw new RequestError({
      status: 405,
      code: 'invalid_request',
      reason: 'request_method_not_allowed',
      publicText: 'the method must be POST',
      headers: [['allow', 'POST']],
    });
  }
  requireFormType(exchange);
  const body = readRequestBody(exchange.arrivedBody ?? exchange.body, MAX_BODY_BYTES);
  return whenAtHand(body, parseForm);
}

/** Parses the bytes of a form. Exported for those who hold the bytes already. */
export function parseForm(bytes: Buffer): Form {
  const entries: [string, string][] = [];
  const values = new Map<string, string>();
  const text = bytes.toString('latin1');
  const isPlain = PLAIN_FORM.test(text);
  const pieces = text.split('&', MAX_PARAMETERS + 1);
  if (pieces.length > MAX_PARAMETERS) {
    throw invalid('request_malformed', `more than ${MAX_PARAMETERS} parameters`);
  }
  for (const piece of pieces) {
    const equals = piece.indexOf('=');
    const name = decode(equals < 0 ? piece : piece.slice(0, equals), isPlain);
    const value = equals < 0 ? '' : decode(piece.slice(equals + 1), isPlain);
    if (name === '' || value === '') continue;
    if (isLookalike(name)) throw invalid('request_malformed', 'a parameter name is not plain');
    if (values.has(name) && !REPEATABLE.has(name)) {
      throw invalid('request_parameter_duplicate', 'a parameter is repeated', name);
    }
    values.set(name, value);
    entries.push([name, value]);
  }
  return { entries, get: (name) => values.get(name), octets: isPlain ? bytes : undefined };
}

/** Both forms in one. @throws RequestError `invalid_request` for a parameter that both have. */
export function joinForms(first: Form, second: Form): Form {
  const repeated = second.entries.find(([name]) => first.get(name) !== undefined);
  if (repeated !== undefined) {
    throw invalid('request_parameter_duplicate', 'a parameter is repeated', repeated[0]);
  }
  return {
    entries: [...first.entries, ...second.entries],
    get: (name) => first.get(name) ?? second.get(name),
  };
}

/** The form with another value in place of that of a parameter it has. */
export function withValue(form: Form, name: string, value: string): Form {
  if (form.get(name) === value && !REPEATABLE.has(name)) return form;
  return {
    entries: form.entries.map((entry) => (entry[0] === name ? [name, value] : entry)),
    get: (asked) => (asked === name ? value : form.get(asked)),
  };
}

/** The form as bytes for the next hop, with some parameters left out and some added. */
export function writeForm(
  form: Form,
  changes?: {
    readonly without?: ReadonlySet<string>;
    readonly add?: readonly (readonly [string, string])[];
  },
): Buffer {
  if (changes === undefined && form.octets !== undefined) return form.octets;
  const { without, add = [] } = changes ?? {};
  let text = '';
  const write = ([name, value]: readonly [string, string]): void => {
    text += `${text === '' ? '' : '&'}${encode(name)}=${encode(value)}`;
  };
  for (const entry of form.entries) if (without?.has(entry[0]) !== true) write(entry);
  add.forEach(write);
  return Buffer.from(text, 'latin1');
}

const FORM_TYPE = /^application\/x-www-form-urlencoded[ \t]*(;[ \t]*charset="?utf-8"?[ \t]*)?$/i;

function requireFormType(exchange: Exchange): void {
  const values = fieldValues(exchange.headers, 'content-type');
  const type = values[0] ?? '';
  if (values.length === 1 && FORM_TYPE.test(type)) return;
  throw invalid(
    'request_content_type',
    'the content-type must be application/x-www-form-urlencoded',
  );
}

/** What stands for itself in either direction, as most names and tokens do. */
const PLAIN = /^[\w.*-]*$/;
/** Parameters of that alone, each with a value: what they are read as is written as they are. */
const PLAIN_FORM = /^[\w.*-]+=[\w.*-]+(?:&[\w.*-]+=[\w.*-]+)*$/;

function decode(piece: string, isPlain: boolean): string {
  if (isPlain || PLAIN.test(piece)) return piece;
  // Bytes outside ASCII must be percent-encoded; anything else would be read differently by others.
  if (/[^\x20-\x7e\r\n\t]/.test(piece) || /%(?![0-9a-f]{2})/i.test(piece)) {
    throw invalid('request_malformed', 'the body is not form-urlencoded');
  }
  try {
    return decodeURIComponent(piece.replaceAll('+', ' '));
  } catch {
    throw invalid('request_malformed', 'the body is not UTF-8');
  }
}

function encode(text: string): string {
  return PLAIN.test(text) ? text : encodeURIComponent(text).replaceAll('%20', '+');
}

/** Parameters that we act upon; some servers fold other characters of a name into these. */
const ACTED_UPON: ReadonlySet<string> = new Set([
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'grant_type',
  'refresh_token',
  'code',
  'device_code',
  'auth_req_id',
  'request',
  'request_uri',
  'scope',
  'token',
  'token_type_hint',
  'subject_token',
  'actor_token',
  'assertion',
]);

/** Not the name itself, but what a lenient server would take for it. */
function isLookalike(name: string): boolean {
  if (ACTED_UPON.has(name)) return false;
  const folded = name
    .toLowerCase()
    .replace(/^[\s+]+/, '')
    .replace(/[[\]\0].*$/s, '')
    .replaceAll(/[.\- ]/g, '_')
    // Looked for from its first character only: a name of nothing else would take quadratic time.
    .replace(/(?<![_\s])[_\s]+$/, '');
  return ACTED_UPON.has(folded);
}

function invalid(reason: Reason, publicText: string, detail?: string): RequestError {
  return new RequestError({
    status: 400,
    code: 'invalid_request',
    reason,
    publicText,
    detail: detail === undefined ? publicText : `${publicText}: ${detail.slice(0, 64)}`,
  });
}

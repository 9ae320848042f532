/** An explanation as text for a terminal. */

import type { ExplainedClient } from '../explain/explained-clients.ts';
import type { ExplainedMember, Explanation } from '../explain/explanation.ts';

/** Characters of a header value that are shown where it is not the one that will be sent. */
const SHORT_VALUE = 64;

export type Row = readonly [label: string, ...values: string[]];

const LABEL_WIDTH = 16;

/** Returns the lines, each value below its label's first; `notAsked` names sources left out. */
export function explanationText(found: Explanation, notAsked: readonly string[]): string {
  const blocks = [
    certificateRows(found),
    verdictRows(found),
    pathRows(found),
    notAsked.map((source): Row => ['not asked', source]),
    clientRows(found),
    found.headers.map(headerRow),
  ];
  return blocks
    .filter((rows) => rows.length > 0)
    .map((rows) => rows.map(rowText).join(''))
    .join('\n');
}

function certificateRows(found: Explanation): readonly Row[] {
  const { subject, subject_to_register: spelled } = found;
  return [
    ['subject', subject === '' ? '(empty)' : subject],
    ...(spelled === subject ? [] : [['to register', spelled] satisfies Row]),
    ...nameRows(found.subject_alt_names),
    ['issuer', found.issuer],
    ['serial', found.serial_number],
    ['valid since', found.not_before],
    ['valid until', `${found.not_after}, ${daysText(found)}`],
    ['key', `${found.key}, pin ${found.key_pin}`],
    ['x5t#S256', found.thumbprint],
    ['sha256', found.thumbprints.sha256_hex],
  ];
}

function nameRows({ problem, others, ...names }: Explanation['subject_alt_names']): readonly Row[] {
  if (problem !== undefined) return [['SAN', `unreadable: ${problem}`]];
  return [
    ...Object.entries(names).flatMap(([type, values]) =>
      values.map((value): Row => [`SAN ${type}`, value]),
    ),
    ...others.map((value): Row => ['SAN', `${value} (never compared)`]),
  ];
}

function daysText({ days_left: days, not_before: start, not_after: end, at }: Explanation): string {
  const counted = (count: number) => `${count} day${count === 1 ? '' : 's'}`;
  if (at < start) return 'not valid yet';
  return at <= end ? `${counted(days)} left` : `expired ${counted(-days - 1)} ago`;
}

function verdictRows({ verdict, at, purpose, listener, listeners }: Explanation): readonly Row[] {
  const { kind, reason, detail, meaning } = verdict;
  const others = listeners.filter(({ name }) => name !== listener);
  return [
    ['verdict', reason === null ? kind : `${kind}, ${reason}`],
    ...(detail === null ? [] : [['seen', detail] satisfies Row]),
    ['meaning', meaning],
    ['asked', `as a ${purpose}'s, by ${listener}, at ${at}`],
    ...others.map(({ name, verdict: other }): Row => [
      `at ${name}`,
      other.reason === null ? other.kind : `${other.kind}, ${other.reason}`,
    ]),
  ];
}

function pathRows({ path, unused }: Explanation): readonly Row[] {
  const sent = unused.map((one): Row => ['not on the path', `${one.subject}  ${one.thumbprint}`]);
  if (path.length === 0) return [['path', 'none to a trust anchor'], ...sent];
  return [...path.map((member): Row => [member.role, ...memberText(member)]), ...sent];
}

function memberText({ subject, thumbprint, not_after: until, revocation }: ExplainedMember) {
  const lines = [`${subject}  ${thumbprint}`, `until ${until}`];
  if (revocation === null) return lines;
  const { status, reason, detail } = revocation;
  const why = reason === null ? '' : `: ${reason}, ${detail ?? ''}`;
  return [...lines, `revocation ${status}${why}`];
}

/** What the configured upstream gets in full, of all other formats as much as shows their form. */
function headerRow({ format, name, value, configured }: Explanation['headers'][number]): Row {
  if (configured || value.length <= SHORT_VALUE) return [format, `${name}: ${value}`];
  const [start, end] = [value.slice(0, SHORT_VALUE / 2), value.slice(-SHORT_VALUE / 2)];
  return [format, `${name}: ${start}...${end} (${value.length} characters, all with --json)`];
}

function clientRows({ clients }: Explanation): readonly Row[] {
  return clients.map((client): Row => [clientLabel(client), ...of(client)]);
}

function clientLabel({ matches, reason }: ExplainedClient): string {
  if (matches) return 'is client';
  // Its keys lie elsewhere, and were not asked for.
  return reason === 'client_keys_unavailable' ? 'may be client' : 'not client';
}

function of({ client_id: id, method, registered, reason, detail }: ExplainedClient) {
  return [
    `${id}  ${method}`,
    ...(reason === null ? [] : [`${reason}: ${detail ?? ''}`]),
    ...registered.map((value) => `registered ${value}`),
  ];
}

/** Returns the lines of one row, each value below its label's first. */
export function rowText([label, first = '', ...more]: Row): string {
  const rest = more.map((value) => `${' '.repeat(LABEL_WIDTH)}   ${visible(value)}\n`);
  return `${label.padEnd(LABEL_WIDTH)} ${visible(first)}\n${rest.join('')}`;
}

/** A certificate must not move the cursor of who reads about it. */
function visible(text: string): string {
  return text.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (point) => `\\u{${(point.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** `certbound explain --header`: which certificates a header carries, and in which format. */

import { HEADER_FORMATS } from '../certificate/header/header-codec.ts';
import type { HeaderFormat } from '../certificate/header/header-codec.ts';
import { StartError, UsageError } from '../errors.ts';
import { explainHeader } from '../explain/header-explanation.ts';
import type { CarriedFacts, HeaderExplanation } from '../explain/header-explanation.ts';
import { EXIT } from './command.ts';
import type { ExitCode, Surroundings } from './command.ts';
import { rowText } from './explain-text.ts';
import type { Row } from './explain-text.ts';

export interface HeaderArguments {
  /** Each `NAME: VALUE`. */
  readonly header: readonly string[];
  readonly format: string | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly json: boolean;
}

/** Prints what the header fields carry. Throws UsageError for fields that are none. */
export function runExplainHeader(given: HeaderArguments, { stdout }: Surroundings): ExitCode {
  const fields = given.header.map(readField);
  const found = explainHeader({ fields, format: readFormat(given.format), at: given.at });
  if ('code' in found) {
    if (!given.json) throw new StartError(`${found.format}: ${found.message}`);
    const { code, message, format } = found;
    stdout.write(`${JSON.stringify({ error: { code, message, format } })}\n`);
    return EXIT.failure;
  }
  stdout.write(given.json ? `${JSON.stringify(found, undefined, 2)}\n` : headerText(found));
  return EXIT.ok;
}

/** RFC 9110 section 5.5: white space around the value is not part of it. */
function readField(text: string): readonly [string, string] {
  const { name, value } = /^(?<name>[\w!#$%&'*+.^`|~-]+):(?<value>.*)$/s.exec(text)?.groups ?? {};
  if (name !== undefined && value !== undefined) {
    return [name, value.replace(/^[ \t\r\n]+/, '').replace(/[ \t\r\n]+$/, '')];
  }
  throw new UsageError("--header: expected 'NAME: VALUE'");
}

function readFormat(name: string | undefined): HeaderFormat | undefined {
  const format = HEADER_FORMATS.find((each) => each === name);
  if (name === undefined || format !== undefined) return format;
  throw new UsageError(`--format: expected one of ${HEADER_FORMATS.join(', ')}, got "${name}"`);
}

function headerText({ format, certificates, ignored }: HeaderExplanation): string {
  const head: Row[] = [
    ['format', format],
    ['certificates', certificates.length === 0 ? 'none, and it says so' : `${certificates.length}`],
    ...ignored.map((name): Row => ['not read', name]),
  ];
  const blocks = [head, ...certificates.map(certificateRows)];
  return blocks.map((rows) => rows.map(rowText).join('')).join('\n');
}

function certificateRows(facts: CarriedFacts): readonly Row[] {
  return [
    [facts.role, facts.subject === '' ? '(empty)' : facts.subject],
    ['issuer', facts.issuer],
    ['serial', facts.serial_number],
    ['valid', `${facts.not_before} to ${facts.not_after}`],
    ['key', facts.key],
    ['x5t#S256', facts.thumbprint],
    ['sha256', facts.thumbprints.sha256_hex],
  ];
}

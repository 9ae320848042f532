/** Adds a client to the text of a configuration; every other character stays what it was. */

import { isMap, isSeq, parse, parseDocument } from 'yaml';
import type { Node, YAMLMap, YAMLSeq } from 'yaml';

import { UsageError } from '../errors.ts';

export interface NewClient {
  /** Keys and values in the order they are written in; a list has texts. */
  readonly fields: Readonly<Record<string, string | readonly string[]>>;
}

interface Insertion {
  readonly offset: number;
  readonly text: string;
}

/**
 * The text with the client at the end of the list of clients, in the notation of the list. The text
 * must be a configuration that loads.
 *
 * @throws UsageError where the list is not in a form that can be added to.
 */
export function addClientText(text: string, client: NewClient): string {
  const root = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    keepSourceTokens: true,
  }).contents;
  if (!isMap(root)) throw unsuited('the file is not a mapping');
  const { offset, text: added } = insertionFor(text, root, client);
  return text.slice(0, offset) + added + text.slice(offset);
}

function insertionFor(text: string, root: YAMLMap, client: NewClient): Insertion {
  const pair = root.items.find(({ key }) => (key as { value?: unknown }).value === 'clients');
  if (pair === undefined)
    return root.flow === true ? intoFlowRoot(root, client) : atEnd(text, root, client);
  if (!isSeq(pair.value)) throw unsuited('"clients" is not written out as a list');
  const list = pair.value;
  return list.flow === true ? intoFlowList(text, list, client) : afterLast(text, list, client);
}

/** `clients: [...]` */
function intoFlowList(text: string, list: YAMLSeq, client: NewClient): Insertion {
  const last = list.items.at(-1) as Node | undefined;
  if (last !== undefined) return { offset: valueEnd(last), text: `, ${flowText(client)}` };
  const offset = (list.range?.[0] ?? 0) + 1;
  if (text[offset - 1] !== '[') throw unsuited('"clients" does not begin with a bracket');
  return { offset, text: flowText(client) };
}

/** `{..., clients: [...]}`, as JSON has it. */
function intoFlowRoot(root: YAMLMap, client: NewClient): Insertion {
  const last = root.items.at(-1);
  const node = (last?.value ?? last?.key) as Node | undefined;
  if (node === undefined) throw unsuited('the file is empty');
  return { offset: valueEnd(node), text: `, "clients": [${flowText(client)}]` };
}

/** A list with a dash before each client. */
function afterLast(text: string, list: YAMLSeq, client: NewClient): Insertion {
  const last = list.items.at(-1) as Node | undefined;
  const token = list.srcToken;
  if (last === undefined || token?.type !== 'block-seq') throw unsuited('"clients" has no entries');
  const end = afterComments(text, lineEnd(text, valueEnd(last)), token.indent);
  return asLines(text, end, blockLines(client, ' '.repeat(token.indent)));
}

/** A new key at the end of the file, or before the marker that ends the document. */
function atEnd(text: string, root: YAMLMap, client: NewClient): Insertion {
  const contentEnd = lineEnd(text, valueEnd(root));
  const hasMarker = /^\.\.\.\s*$/m.test(text.slice(contentEnd));
  const offset = hasMarker ? contentEnd : text.length;
  return asLines(text, offset, ['', 'clients:', ...blockLines(client, '  ')]);
}

function blockLines({ fields }: NewClient, indent: string): readonly string[] {
  return Object.entries(fields).map(
    ([key, value], index) => `${indent}${index === 0 ? '- ' : '  '}${key}: ${valueText(value)}`,
  );
}

/** Lines in the line endings of the file; they end one where the text before has none. */
function asLines(text: string, offset: number, lines: readonly string[]): Insertion {
  const lineBreak = /\r?\n/.exec(text)?.[0] ?? '\n';
  const block = lines.join(lineBreak);
  const isAtLineStart = offset === 0 || text[offset - 1] === '\n';
  return { offset, text: isAtLineStart ? block + lineBreak : lineBreak + block };
}

/** Keys in quotes, too: JSON is taken where the whole file is JSON. */
function flowText({ fields }: NewClient): string {
  const members = Object.entries(fields).map(
    ([key, value]) => `${JSON.stringify(key)}: ${jsonText(value)}`,
  );
  return `{${members.join(', ')}}`;
}

function valueText(value: string | readonly string[]): string {
  return typeof value === 'string' ? scalarText(value) : `[${value.map(scalarText).join(', ')}]`;
}

/** Without quotes where no reader could take it for anything but this text. */
function scalarText(value: string): string {
  const isPlain = /^[A-Za-z0-9_][A-Za-z0-9_./-]*$/.test(value) && parse(value) === value;
  return isPlain ? value : jsonText(value);
}

/** A text of JSON is one of YAML. `$${` stands for `${`, which would be an environment reference. */
function jsonText(value: string | readonly string[]): string {
  return JSON.stringify(value).replaceAll('${', () => '$${');
}

function valueEnd(node: Node): number {
  return node.range?.[1] ?? 0;
}

/** The start of the line behind the one that `offset` is in or has just ended. */
function lineEnd(text: string, offset: number): number {
  if (text[offset - 1] === '\n') return offset;
  const lineBreak = text.indexOf('\n', offset);
  return lineBreak === -1 ? text.length : lineBreak + 1;
}

/** Comments further right than the dashes belong to the client above them. */
function afterComments(text: string, start: number, indent: number): number {
  const comments = new RegExp(`(?: {${indent + 1},}#.*(?:\\n|$))*`, 'y');
  comments.lastIndex = start;
  return start + (comments.exec(text)?.[0].length ?? 0);
}

function unsuited(problem: string): UsageError {
  return new UsageError(`${problem}: add the client with an editor`);
}

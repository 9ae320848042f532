/** YAML text in, plain values with their positions out. */

import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Alias, Document, Node, YAMLMap } from 'yaml';

import { ConfigError } from '../errors.ts';
import type { ConfigProblem } from '../errors.ts';
import { expandEnvironment } from './environment.ts';
import type { Environment } from './environment.ts';
import { createPositions } from './positions.ts';
import type { KeyPath, Positions } from './positions.ts';

/** Values of the whole document, aliases counted as often as they are used. */
const MAX_VALUES = 100_000;
/** Far beyond the depth of the schema; bounds the recursion below. */
const MAX_DEPTH = 32;
/** One slip can make a parser complain a thousand times; the first ones tell it. */
const MAX_SYNTAX_PROBLEMS = 10;
/** Bound of all environment text put into one configuration, in characters. */
const MAX_EXPANDED_LENGTH = 4 * 1024 * 1024;

export interface ConfigDocument {
  /** Objects without a prototype, arrays, strings, numbers, booleans and null. */
  readonly value: unknown;
  readonly positions: Positions;
  /** Environment references that could not be replaced. */
  readonly problems: readonly ConfigProblem[];
  /** The key paths of `problems`, as JSON; nothing more is to be said of their values. */
  readonly unresolved: ReadonlySet<string>;
  /** The key paths, as JSON, of unquoted values that came from the environment. */
  readonly expanded: ReadonlySet<string>;
}

/**
 * Reads YAML 1.2 (core schema) with unique keys and known tags only, and replaces environment
 * references in string values. `file` is the name shown in messages.
 *
 * Throws ConfigError when the text is not one well-formed mapping, or when its aliases would make
 * more than a bounded number of values.
 */
export function readDocument(
  text: string,
  { file, env }: { readonly file: string; readonly env: Environment },
): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    strict: true,
    stringKeys: true,
    resolveKnownTags: false,
    // Keys are compared by the walk: the parser's own check takes minutes for a crafted megabyte.
    uniqueKeys: false,
    lineCounter: lines,
    prettyErrors: false,
    // With `silent` the parser no longer reports a second document.
    logLevel: 'error',
  });
  const positions = createPositions(file, (offset) => lines.linePos(offset));
  const refuse = (offset: number, problem: string) => {
    const { line, col } = lines.linePos(offset);
    return new ConfigError([{ place: `${file}:${line}:${col}`, key: '', text: problem }]);
  };

  refuseSyntaxProblems(document, refuse);
  const root = document.contents;
  if (root === null) throw refuse(0, 'the file is empty');
  if (!isMap(root)) {
    throw refuse(root.range?.[0] ?? 0, 'expected a mapping of keys to values at the top level');
  }
  return createWalk(positions, refuse, env)(root);
}

type Refuse = (offset: number, problem: string) => ConfigError;

function refuseSyntaxProblems(document: Document.Parsed, refuse: Refuse): void {
  const found = [...document.errors, ...document.warnings].toSorted((a, b) => a.pos[0] - b.pos[0]);
  if (found.length === 0) return;
  const problems = found.slice(0, MAX_SYNTAX_PROBLEMS).flatMap(({ code, message, pos }) => {
    return refuse(pos[0], syntaxText(code, message)).problems;
  });
  throw new ConfigError(problems);
}

function syntaxText(code: string, message: string): string {
  if (code === 'MULTIPLE_DOCS') return 'expected one YAML document, found several';
  if (code === 'RESOURCE_EXHAUSTION') return 'nested too deeply';
  const line = message.split('\n', 1)[0] ?? '';
  return `not valid YAML: ${line.charAt(0).toLowerCase()}${line.slice(1, 200)}`;
}

function createWalk(positions: Positions, refuse: Refuse, env: Environment) {
  const problems: ConfigProblem[] = [];
  const unresolved = new Set<string>();
  const expanded = new Set<string>();
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  const open = new Set<Node>();
  let valueCount = 0;
  let expandedLength = 0;

  const resolve = (alias: Alias, offset: number): Node => {
    const target = targets.get(alias) ?? anchors.get(alias.source);
    if (target === undefined) throw refuse(offset, `no anchor &${alias.source} above this alias`);
    if (open.has(target)) throw refuse(offset, `alias *${alias.source} contains itself`);
    targets.set(alias, target);
    return target;
  };

  const visitMap = (node: YAMLMap, keyPath: KeyPath, aliasAt: number | undefined) => {
    const result: Record<string, unknown> = Object.create(null);
    for (const pair of node.items) {
      const keyNode = pair.key as Node | null;
      const key = isScalar(keyNode) ? String(keyNode.value) : '';
      const offset = keyNode?.range?.[0] ?? node.range?.[0] ?? 0;
      if (Object.hasOwn(result, key)) throw refuse(offset, `duplicate key "${key}"`);
      result[key] = visit(pair.value as Node | null, [...keyPath, key], offset, aliasAt);
    }
    return result;
  };

  const expand = (text: string, keyPath: KeyPath, isPlain: boolean, offset: number) => {
    const expansion = expandEnvironment(text, env);
    if (!expansion.changed) return text;
    expandedLength += expansion.text.length;
    if (expandedLength > MAX_EXPANDED_LENGTH) {
      throw refuse(offset, 'environment references make the configuration too large');
    }
    problems.push(...expansion.problems.map((problem) => positions.problemAt(keyPath, problem)));
    if (expansion.problems.length > 0) unresolved.add(JSON.stringify(keyPath));
    if (isPlain) expanded.add(JSON.stringify(keyPath));
    return expansion.text;
  };

  /**
   * `place` is where the value's key stands; list items have none and stand for themselves.
   * `aliasAt` is where the outermost alias stands that led here.
   */
  const visit = (
    node: Node | null,
    keyPath: KeyPath,
    place: number | undefined,
    aliasAt: number | undefined,
  ): unknown => {
    const offset = place ?? node?.range?.[0] ?? 0;
    valueCount += 1;
    if (valueCount > MAX_VALUES) throw refuse(aliasAt ?? offset, `more than ${MAX_VALUES} values`);
    if (keyPath.length > MAX_DEPTH) throw refuse(offset, 'nested too deeply');
    if (isAlias(node)) return visit(resolve(node, offset), keyPath, offset, aliasAt ?? offset);
    if (
      aliasAt === undefined &&
      node !== null &&
      'anchor' in node &&
      typeof node.anchor === 'string'
    ) {
      anchors.set(node.anchor, node);
    }
    positions.note(keyPath, offset, node === null || isScalar(node));
    if (isScalar(node)) {
      if (typeof node.value !== 'string') return node.value;
      return expand(node.value, keyPath, node.type === 'PLAIN', offset);
    }
    if (node === null) return null;

    open.add(node);
    const result = isMap(node)
      ? visitMap(node, keyPath, aliasAt)
      : isSeq(node)
        ? node.items.map((item, index) =>
            visit(item as Node | null, [...keyPath, index], undefined, aliasAt),
          )
        : undefined;
    open.delete(node);
    return result;
  };

  return (root: YAMLMap): ConfigDocument => {
    const value = visit(root, [], root.range?.[0], undefined);
    return { value, positions, problems, unresolved, expanded };
  };
}

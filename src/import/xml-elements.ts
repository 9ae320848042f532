/** XML text in, elements with their lines out. Only what a configuration needs of XML is taken. */

import sax from 'sax';

import { ConfigError } from '../errors.ts';

export interface XmlElement {
  /** Without a namespace prefix. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** All text between its tags, its children's left out, without white space around it. */
  readonly text: string;
  readonly children: readonly XmlElement[];
  readonly line: number;
}

interface OpenElement extends XmlElement {
  text: string;
  readonly children: OpenElement[];
}

/** Far beyond what such files have. */
const MAX_DEPTH = 32;
const MAX_ELEMENTS = 10_000;
/** `strictEntities`, which the types don't know: the five of XML and no entity of HTML. */
const PARSER_OPTIONS = { position: true, strictEntities: true } as const;

/**
 * Reads a document and returns its root. A document type is refused before anything that it declares
 * is used: entities could name other files, or grow without end.
 *
 * Throws ConfigError, with line and column.
 */
export function readXml(text: string, file: string): XmlElement {
  const parser = sax.parser(true, PARSER_OPTIONS);
  const refuse = (problem: string) => {
    const place = `${file}:${parser.line + 1}:${Math.max(1, parser.column)}`;
    return new ConfigError([{ place, key: '', text: problem }]);
  };
  const open: OpenElement[] = [];
  const lineAt = createLineCounter(text);
  let root: XmlElement | undefined;
  let count = 0;

  const addText = (piece: string) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += piece;
  };
  const handlers: Partial<sax.SAXParser> = {
    onerror: ({ message }) => {
      throw refuse(`not valid XML: ${message.split('\n', 1)[0]?.toLowerCase() ?? ''}`);
    },
    ondoctype: () => {
      throw refuse('has a document type, which is refused: take the <!DOCTYPE> out');
    },
    onopentag: ({ name, attributes }) => {
      count += 1;
      if (root !== undefined && open.length === 0) throw refuse('not valid XML: a second root');
      if (open.length >= MAX_DEPTH) throw refuse('nested too deeply');
      if (count > MAX_ELEMENTS) throw refuse(`more than ${MAX_ELEMENTS} elements`);
      const element: OpenElement = {
        name: name.replace(/^.*:/, ''),
        attributes: attributes as Readonly<Record<string, string>>,
        text: '',
        children: [],
        line: lineAt(parser.startTagPosition - 1),
      };
      open.at(-1)?.children.push(element);
      root ??= element;
      open.push(element);
    },
    ontext: addText,
    oncdata: addText,
    onclosetag: () => {
      const element = open.pop();
      if (element !== undefined) element.text = element.text.trim();
    },
  };
  Object.assign(parser, handlers).write(text).close();
  if (root === undefined) throw refuse('holds no element');
  return root;
}

/** Returns an element and all below it, in the order of the document. */
export function elementsBelow(element: XmlElement): readonly XmlElement[] {
  return [element, ...element.children.flatMap(elementsBelow)];
}

/** Offsets come in rising order, so the text is gone through once. */
function createLineCounter(text: string): (offset: number) => number {
  let line = 1;
  let next = text.indexOf('\n');
  return (offset) => {
    while (next !== -1 && next < offset) {
      line += 1;
      next = text.indexOf('\n', next + 1);
    }
    return line;
  };
}

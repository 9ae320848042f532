/** Whether every object of a JSON text has each of its members once. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
/** Above all white space of JSON, below all else of it. */
const LAST_SPACE = 0x20;

/**
 * True when no object anywhere in the text has a member twice, spelled alike or with other escapes.
 * The engine's parser takes the last one and others the first, so that one text has two meanings.
 *
 * Looks at each character a few times at most, whatever the text.
 *
 * @param text must be valid JSON: the scan only has to find its way in it.
 */
export function hasUniqueMembers(text: string): boolean {
  /** Of the objects around this place; arrays have none. */
  const members: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '{' || character === '[') members.push(undefined);
    else if (character === '}' || character === ']') members.pop();
    else if (character === '"') {
      const end = endOfString(text, at);
      if (isBeforeColon(text, end)) {
        const key = String(JSON.parse(text.slice(at, end + 1)));
        const others = members.at(-1);
        if (others?.has(key) === true) return false;
        if (others === undefined) members[members.length - 1] = new Set([key]);
        else others.add(key);
      }
      at = end;
    }
  }
  return true;
}

/** Where the closing quote is, or the end of the text. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) break;
    if (code === BACKSLASH) at += 1;
  }
  return at;
}

function isBeforeColon(text: string, quote: number): boolean {
  let at = quote + 1;
  while (text.charCodeAt(at) <= LAST_SPACE) at += 1;
  return text.charCodeAt(at) === COLON;
}

/** Whether every object of a JSON text has each of its members once. */

/**
 * True when no object anywhere in the text has a member twice, spelled alike or with other escapes.
 * The engine's parser takes the last one and others the first, so that one text has two meanings.
 *
 * @param text must be valid JSON: the scan only has to find its way in it.
 */
export function hasUniqueMembers(text: string): boolean {
  const objects: (Set<string> | undefined)[] = [];
  for (const { 0: token } of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(?:\s*:)?|[{}[\]]/g)) {
    if (token === '{') objects.push(new Set());
    else if (token === '[') objects.push(undefined);
    else if (token === '}' || token === ']') objects.pop();
    else if (token.endsWith(':')) {
      const key = String(JSON.parse(token.slice(0, token.lastIndexOf('"') + 1)));
      const members = objects.at(-1);
      if (members?.has(key) === true) return false;
      members?.add(key);
    }
  }
  return true;
}

/** Text that a peer had a hand in, fit for the private detail of an event. */

const MAX_CHARACTERS = 200;

/** The text with everything but printable ASCII escaped, cut after 200 characters. */
export function visibleText(text: string): string {
  const cut = text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}...` : text;
  return cut.replaceAll(/[^\x20-\x7e]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

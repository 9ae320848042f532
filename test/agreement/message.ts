/** What a reader of HTTP/1.1 made of a stream of octets. */

export interface SeenMessage {
  /** Method and target of a request, the status of an answer. */
  readonly start: string;
  /** Names and values as they came, one after the other. */
  readonly fields: readonly string[];
  /** One character for each octet. */
  readonly body: string;
  /** Whether its end was seen. */
  readonly isWhole: boolean;
}

/**
 * Says where a reader took more, or something else, than the reference did; undefined where it did
 * not. It may stop earlier, and it may leave a message unfinished that the reference finished.
 */
export function disagreement(
  ours: readonly SeenMessage[],
  reference: readonly SeenMessage[],
): string | undefined {
  for (const [index, seen] of ours.entries()) {
    const expected = reference[index];
    if (expected === undefined) return `message ${index} is none: ${shown(seen)}`;
    if (!isPartOf(seen, expected)) {
      return `message ${index} is ${shown(expected)} and was read as ${shown(seen)}`;
    }
  }
  return undefined;
}

function isPartOf(seen: SeenMessage, expected: SeenMessage): boolean {
  if (seen.start !== expected.start) return false;
  if (seen.fields.length !== expected.fields.length) return false;
  if (seen.fields.some((text, index) => text !== expected.fields[index])) return false;
  if (seen.isWhole) return expected.isWhole && seen.body === expected.body;
  return expected.body.startsWith(seen.body);
}

function shown(message: SeenMessage): string {
  return JSON.stringify(message).slice(0, 2_000);
}

/** Writes DER: the one function needed where values are made by hand. */

/**
 * One value with a single-octet tag.
 *
 * @param tag the identifier octet, such as 0x30 for a SEQUENCE.
 */
export function writeDer(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag, ...lengthOctets(content.length)]), content]);
}

/** An OBJECT IDENTIFIER from its dotted form, which must be valid. */
export function writeObjectIdentifier(dotted: string): Uint8Array {
  const [first = 0n, second = 0n, ...others] = dotted.split('.').map(BigInt);
  return writeDer(0x06, Buffer.from([first * 40n + second, ...others].flatMap(arcOctets)));
}

function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 | octets.length, ...octets];
}

function arcOctets(arc: bigint): number[] {
  const octets = [Number(arc % 128n)];
  for (let rest = arc / 128n; rest > 0n; rest /= 128n) octets.unshift(Number(rest % 128n) | 0x80);
  return octets;
}

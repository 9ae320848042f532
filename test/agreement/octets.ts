/** Texts of octets that are picked at random, the same ones in every run of a seed. */

export type Random = (below: number) => number;

/** One of them. */
export function oneOf<T>(random: Random, choices: readonly [T, ...T[]]): T {
  return choices[random(choices.length)] ?? choices[0];
}

/** There is about one oddity in a stream: behind the first that is refused nothing is read. */
const RARER = 5;

/**
 * What is usual, and more rarely than once in so many times something that is not.
 *
 * @param others are separated by `|`; the usual stands in them as `%`.
 */
export function mostly(random: Random, usual: string, oneIn: number, others: string): string {
  if (random(oneIn * RARER) > 0) return usual;
  const choices = others.split('|');
  return choices[random(choices.length)]?.replaceAll('%', usual) ?? usual;
}

/** What means something to a parser of HTTP, or might to another; separated as above. */
const TELLING = [
  '\r|\n|\r\n|\r\n\r\n|\n\n|\r\r|\n\r|\0| |\t|\v|\f| \r\n|\r\n |:|,|;|=|"|/|?|#|%|\\|@|*|.|-|+|_|(|{',
  '\x7f|0|1|5|a|F|g|x|X|H|\x80|\x85|\xa0|\xc4\xb1|\xe2\x84\xaa|\xff',
].flatMap((line) => line.split('|'));

function telling(random: Random): string {
  return TELLING[random(TELLING.length)] ?? '';
}

/** Damages a stream in one to three places: octets removed, doubled, moved, replaced or put in. */
export function damaged(stream: string, random: Random): string {
  let text = stream;
  for (let times = 1 + random(3); times > 0; times -= 1) text = damagedOnce(text, random);
  return text;
}

function damagedOnce(text: string, random: Random): string {
  const at = random(text.length + 1);
  const count = 1 + random(4);
  const before = text.slice(0, at);
  const from = random(text.length + 1);
  switch (random(8)) {
    case 0:
      return before + text.slice(at + count);
    case 1:
      return before + text.slice(at, at + count) + text.slice(at);
    case 2:
      return before + String.fromCodePoint(random(256)) + text.slice(at + 1);
    case 3:
      return before + text.slice(from, from + random(40)) + text.slice(at);
    case 4:
      return before + telling(random) + text.slice(at + 1);
    case 5:
      return withOddLine(text, at, random);
    default:
      return before + telling(random) + text.slice(at);
  }
}

/** Puts something in front of the end of a line or right behind it, where parsers differ. */
function withOddLine(text: string, near: number, random: Random): string {
  const end = text.indexOf('\r\n', near);
  if (end < 0) return text;
  const [before, behind] = [text.slice(0, end), text.slice(end + 2)];
  switch (random(5)) {
    case 0:
      return `${before}\n${behind}`;
    case 1:
      return `${before}\r${behind}`;
    case 2:
      return `${before}${telling(random)}\r\n${behind}`;
    case 3:
      return `${before}\r\n${telling(random)}${behind}`;
    default:
      return before + behind;
  }
}

/** Places for up to four cuts, as a network may make them; now and then between all octets. */
export function randomCuts(length: number, random: Random): readonly number[] {
  if (random(64) === 0 && length < 512) return Array.from({ length }, (_, at) => at);
  return Array.from({ length: random(5) }, () => random(length + 1));
}

/** The parts between these places; none is empty. */
export function cutAt(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  if (cuts.length === 0) return [bytes];
  const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
  return places.flatMap((from, index) => {
    const to = places[index + 1] ?? bytes.length;
    return to > from ? [bytes.subarray(from, to)] : [];
  });
}

/** What a path may be taken for. Servers decode, cut, fold and merge each in its own way. */

/** Decoding is done as often, since a chain of servers may do it more than once. */
const MAX_ROUNDS = 4;

/** Of which every server takes what is written, as most paths are. */
const PLAIN = /^(?:\/[a-z0-9_-]+)+$/;

/**
 * The path as the most lenient servers would read it: decoded as often as it goes, in one case,
 * without path parameters, doubled slashes, and dots and spaces at the end of segments. Two where
 * it hides a query or a fragment, since a server may cut it there. None for a path with dot
 * segments, control characters, several cuts or damaged encoding, which could be read in any way.
 *
 * No step but the cut takes a segment out from below another, so that a server which takes only
 * some of the steps finds nothing that is not found here.
 */
export function pathReadings(path: string): readonly string[] {
  if (PLAIN.test(path)) return [path];
  // Compatibility forms of dots, slashes and letters, which some servers take for the plain ones.
  const decoded = fullyDecoded(path)?.normalize('NFKC');
  // oxlint-disable-next-line no-control-regex -- these characters are what is looked for
  if (decoded === undefined || /[\u0000-\u001f\u007f]|%[0-9a-f]{2}/i.test(decoded)) return [];
  const [uncut = '', ...behind] = decoded.split(/[?#]/);
  if (behind.length > 1) return [];
  const wholes = behind.length === 0 ? [decoded] : [decoded, uncut];
  const readings = wholes.map(folded).filter((reading) => reading !== undefined);
  return readings.length === wholes.length ? readings : [];
}

/** Undefined for a path with dot segments. */
function folded(path: string): string | undefined {
  const kept: string[] = [];
  for (const raw of path.replaceAll('\\', '/').toLowerCase().split('/')) {
    const end = raw.indexOf(';');
    const segment = end < 0 ? raw : raw.slice(0, end);
    const trimmed = withoutEnd(segment);
    if (trimmed !== '') kept.push(trimmed);
    else if (segment.includes('.')) return undefined;
  }
  return `/${kept.join('/')}`;
}

/** Undefined where the encoding is damaged. */
function fullyDecoded(path: string): string | undefined {
  let text = path;
  try {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const next = text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) => decodeURIComponent(run));
      if (next === text) break;
      text = next;
    }
  } catch {
    return undefined;
  }
  return text;
}

/** Without dots and spaces at the end. A pattern would take quadratic time over many of them. */
function withoutEnd(segment: string): string {
  let end = segment.length;
  while (end > 0 && /[\s.]/.test(segment.charAt(end - 1))) end -= 1;
  return segment.slice(0, end);
}

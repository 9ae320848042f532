/** Takes the chunked coding off a body (RFC 9112 section 7.1). */

import { fieldLineName } from './field-line.ts';
import { FieldNames } from './field-names.ts';

export interface ChunkReader {
  /** Before the first octet of a body. */
  begin(): void;
  /**
   * Hands on the content in `bytes` and returns what is left behind the end of the body; undefined
   * while the end has not come.
   *
   * @throws what `refused` made, where the coding is broken or has too much around its content.
   */
  take(bytes: Buffer): Buffer | undefined;
}

/** Of one chunk's size with its extensions, which say nothing to us. */
const MAX_SIZE_LINE = 256;
/** Of all trailer fields, which are dropped. No more than the smallest limit of a head. */
const MAX_TRAILERS = 4_096;

/** Up to 4 GiB, and extensions of tokens or quoted strings; nothing is escaped in those. */
const SIZE_LINE =
  /^([0-9A-Fa-f]{1,8})(?:;[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:=(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+|"[\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\xff]*"))?)*$/;

/** What a trailer must not say (RFC 9110 section 6.5.1), since some readers would believe it. */
const NO_TRAILERS = new FieldNames([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

const CR = 0x0d;
const LF = 0x0a;

/** What is wrong with a body: its coding, or the size of what is around its content. */
export type ChunkFault = 'malformed' | 'too large';

/**
 * @param onContent is told each piece, which is a part of the bytes taken.
 * @param refused makes the error that is thrown.
 */
export function createChunkReader(
  onContent: (piece: Buffer) => void,
  refused: (fault: ChunkFault, detail: string) => Error,
): ChunkReader {
  let part: 'size' | 'content' | 'content end' | 'trailers' = 'size';
  /** What has come of a line. */
  let line = '';
  let missing = 0;
  let trailerOctets = 0;

  const malformed = (detail: string): Error => refused('malformed', detail);

  /** The position behind the line that is now complete in `line`; undefined where it is not. */
  function takeLine(bytes: Buffer, from: number, limit: number): number | undefined {
    const end = bytes.indexOf(LF, from);
    const until = end < 0 ? bytes.length : end + 1;
    line += bytes.toString('latin1', from, until);
    if (line.length > limit) throw refused('too large', 'a chunk with too much around it');
    if (end < 0) return undefined;
    if (line.charCodeAt(line.length - 2) !== CR) throw malformed('a bare LF between chunks');
    line = line.slice(0, -2);
    return until;
  }

  function endOfSize(): void {
    const [, size] = SIZE_LINE.exec(line) ?? [];
    if (size === undefined) throw malformed('no size of a chunk');
    missing = Number.parseInt(size, 16);
    part = missing === 0 ? 'trailers' : 'content';
    line = '';
  }

  function endOfTrailer(): void {
    const name = fieldLineName(line);
    if (name === undefined) throw malformed('no trailer field');
    if (NO_TRAILERS.has(name)) throw malformed(`${name} as a trailer`);
    trailerOctets += line.length + 2;
    line = '';
  }

  return {
    begin() {
      part = 'size';
      line = '';
      trailerOctets = 0;
    },

    take(bytes) {
      let at = 0;
      while (at < bytes.length) {
        if (part === 'content') {
          const piece = bytes.subarray(at, at + missing);
          onContent(piece);
          at += piece.length;
          missing -= piece.length;
          if (missing === 0) part = 'content end';
          continue;
        }
        const limit = part === 'trailers' ? MAX_TRAILERS - trailerOctets : MAX_SIZE_LINE;
        const behind = takeLine(bytes, at, limit);
        if (behind === undefined) return undefined;
        at = behind;
        if (part === 'size') endOfSize();
        else if (part === 'content end') {
          if (line !== '') throw malformed('a chunk that is longer than its size');
          part = 'size';
        } else {
          if (line === '') return bytes.subarray(at);
          endOfTrailer();
        }
      }
      return undefined;
    },
  };
}

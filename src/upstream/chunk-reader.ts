/** Takes the chunked coding off a body (RFC 9112 section 7.1). */

import { invalidAnswer } from './failure.ts';

export interface ChunkReader {
  /** Before the first octet of a body. */
  begin(): void;
  /**
   * Hands on the content in `bytes` and returns what is left behind the end of the body; undefined
   * while the end has not come.
   *
   * @throws UpstreamError 502 where the coding is broken.
   */
  take(bytes: Buffer): Buffer | undefined;
}

/** Of one chunk's size with its extensions, which say nothing to us. */
const MAX_SIZE_LINE = 256;
/** Of all trailer fields, which are dropped. */
const MAX_TRAILERS = 16_384;

/** RFC 9110 sections 5.6.2 and 5.6.4. */
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const QUOTED = String.raw`"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"`;
/** RFC 9112 section 7.1.1, without the spaces that it calls bad and that not every reader takes. */
const SIZE_LINE = new RegExp(`^([0-9A-Fa-f]{1,8})(?:;${TOKEN}(?:=(?:${TOKEN}|${QUOTED}))?)*$`);
const TRAILER_LINE = new RegExp(String.raw`^(${TOKEN}):[\t\x20-\x7e\x80-\xff]*$`);
/** RFC 9110 section 6.5.1: what says where a body or a connection ends has no place behind it. */
const FRAMING_FIELD =
  /^(?:content-length|transfer-encoding|connection|proxy-connection|upgrade|keep-alive)$/i;

const CR = 0x0d;
const LF = 0x0a;

/** @param onContent is told each piece, which is a part of the bytes taken. */
export function createChunkReader(onContent: (piece: Buffer) => void): ChunkReader {
  let part: 'size' | 'content' | 'content end' | 'trailers' = 'size';
  /** What has come of a line. */
  let line = '';
  let missing = 0;
  let trailerOctets = 0;

  /** The position behind the line that is now complete in `line`; undefined where it is not. */
  function takeLine(bytes: Buffer, from: number, limit: number): number | undefined {
    const end = bytes.indexOf(LF, from);
    const until = end < 0 ? bytes.length : end + 1;
    line += bytes.toString('latin1', from, until);
    if (line.length > limit) throw invalidAnswer('a chunk with too much around it');
    if (end < 0) return undefined;
    if (line.charCodeAt(line.length - 2) !== CR) throw invalidAnswer('a bare LF between chunks');
    line = line.slice(0, -2);
    return until;
  }

  function endOfSize(): void {
    const [, size] = SIZE_LINE.exec(line) ?? [];
    if (size === undefined) throw invalidAnswer('no size of a chunk');
    missing = Number.parseInt(size, 16);
    part = missing === 0 ? 'trailers' : 'content';
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
          if (line !== '') throw invalidAnswer('a chunk that is longer than its size');
          part = 'size';
        } else {
          if (line === '') return bytes.subarray(at);
          const [, name] = TRAILER_LINE.exec(line) ?? [];
          if (name === undefined || FRAMING_FIELD.test(name)) {
            throw invalidAnswer('no trailer field');
          }
          trailerOctets += line.length + 2;
          line = '';
        }
      }
      return undefined;
    },
  };
}

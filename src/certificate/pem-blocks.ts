/** Cuts PEM text (RFC 7468) into its blocks, skipping nothing that is damaged. */

import { CertificateError } from '../errors.ts';
import { decodeBase64 } from './base64.ts';
import { claimedLength } from './der/der.ts';

/** Some twenty times the public CA bundle. */
const maxTextLength = 8 * 1_048_576;

export interface PemBlock {
  readonly label: string;
  /** Line number of its BEGIN line. */
  readonly start: number;
  readonly lines: readonly string[];
}

/**
 * Every block, in order. Lines outside of blocks are comments.
 *
 * @param maxLength of the text, in characters.
 * @throws CertificateError `certificate_malformed`; the message names the line and what is wrong.
 */
export function readPemBlocks(
  text: string,
  maxLength: number = maxTextLength,
): readonly PemBlock[] {
  if (text.length > maxLength) throw problem(`more than ${maxLength} characters of PEM`);
  const blocks: PemBlock[] = [];
  let block: OpenBlock | undefined;
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    const number = index + 1;
    const marker = readMarker(line, number);
    if (block === undefined) {
      block = marker === undefined ? skipComment(line, number) : openBlock(marker, number);
      continue;
    }
    if (marker === undefined) {
      block.lines.push(line.trimEnd());
      continue;
    }
    expectEndOf(block, marker, number);
    blocks.push(block);
    block = undefined;
  }
  if (block !== undefined) {
    throw problem(
      `line ${block.start}: the ${block.label} block has no END line: is it cut short?`,
    );
  }
  return blocks;
}

/**
 * The DER value that fills a block.
 *
 * @param what names it in the error.
 * @throws CertificateError `certificate_malformed` naming the line.
 */
export function decodePemBlock(block: PemBlock, what: string): Uint8Array {
  try {
    const der = decodeBase64(block.lines.join(''));
    const claimed = claimedLength(der);
    if (claimed === der.length) return der;
    throw problem(`${der.length} octets where the ${what} claims ${claimed}`);
  } catch (error) {
    const seen = error instanceof CertificateError ? error.message : 'unreadable';
    throw problem(`the ${what} of line ${block.start}: ${seen}`, error);
  }
}

interface OpenBlock extends PemBlock {
  readonly lines: string[];
}

interface Marker {
  readonly kind: 'BEGIN' | 'END';
  readonly label: string;
}

function readMarker(line: string, number: number): Marker | undefined {
  if (!line.includes('-----')) return undefined;
  const match = /^-----(BEGIN|END) ([A-Z0-9]+(?: [A-Z0-9]+)*)-----[ \t]*$/.exec(line);
  // Two files put together without a line break between them end here too.
  if (match?.[2] === undefined) {
    throw problem(
      `line ${number}: a BEGIN or END marker must be alone on its line, without damage`,
    );
  }
  return { kind: match[1] === 'BEGIN' ? 'BEGIN' : 'END', label: match[2] };
}

function openBlock(marker: Marker, number: number): OpenBlock {
  if (marker.kind === 'END') {
    throw problem(`line ${number}: END ${marker.label} without its BEGIN line`);
  }
  // openssl reads these as certificates with extra data; passing them over would lose one.
  if (marker.label === 'TRUSTED CERTIFICATE' || marker.label === 'X509 CERTIFICATE') {
    throw problem(`line ${number}: ${marker.label} is not read, convert it with openssl x509`);
  }
  return { label: marker.label, start: number, lines: [] };
}

/** Refuses, outside of blocks, what can only be the rest of a block. */
function skipComment(line: string, number: number): undefined {
  if (/^[A-Za-z0-9+/]{40,}={0,2}\s*$/.test(line)) {
    throw problem(`line ${number}: base64 outside of a block: is its BEGIN line missing?`);
  }
}

function expectEndOf(block: PemBlock, marker: Marker, number: number): void {
  if (marker.kind === 'END' && marker.label === block.label) return;
  throw problem(
    `line ${number}: ${marker.kind} ${marker.label} inside the ${block.label} block of line ${block.start}`,
  );
}

function problem(text: string, cause?: unknown): CertificateError {
  return new CertificateError('certificate_malformed', text, cause);
}

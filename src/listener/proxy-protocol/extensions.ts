/** The extensions of a version 2 header: type, length, value (section 2.2). */

import { ProxyHeaderError } from '../../errors.ts';
import { visibleText } from '../visible-text.ts';

/** What a sender says of its connection with the client. For the log only: nobody vouches for it. */
export interface ProxyExtensions {
  readonly alpn: string | undefined;
  /** The server name that the client asked the sender for. */
  readonly authority: string | undefined;
  /** The sender's name for the connection. */
  readonly uniqueId: string | undefined;
  /** Undefined where the client spoke no TLS with the sender. */
  readonly tls: ProxiedTls | undefined;
  /** Where the checksum begins, counted from the first extension. */
  readonly checksumAt: number | undefined;
}

export interface ProxiedTls {
  readonly protocol: string | undefined;
  /** Whether the client showed the sender a certificate. It is no certificate that we have seen. */
  readonly hasCertificate: boolean;
}

const ALPN = 0x01;
const AUTHORITY = 0x02;
const CHECKSUM = 0x03;
const UNIQUE_ID = 0x05;
const TLS = 0x20;
const TLS_VERSION = 0x21;
const READ: ReadonlySet<number> = new Set([ALPN, AUTHORITY, CHECKSUM, UNIQUE_ID, TLS, TLS_VERSION]);

const CHECKSUM_OCTETS = 4;
const MAX_UNIQUE_ID_OCTETS = 128;
/** Flags, then the outcome of verifying the certificate. */
const TLS_FIXED_OCTETS = 5;
const CLIENT_TLS = 0x01;
const CLIENT_CERTIFICATE = 0x02 | 0x04;

interface Extension {
  readonly value: Buffer;
  /** Where the value begins. */
  readonly at: number;
}

/**
 * Reads the extensions, which must fill the block to its last octet. Types that are not known are
 * passed over, as section 2.2 demands; those that are may not stand there twice.
 *
 * @throws ProxyHeaderError
 */
export function readExtensions(block: Buffer): ProxyExtensions {
  const found = walk(block);
  const checksum = found.get(CHECKSUM);
  if (checksum !== undefined && checksum.value.length !== CHECKSUM_OCTETS) {
    throw invalid('a checksum that is not of 4 octets');
  }
  const uniqueId = found.get(UNIQUE_ID);
  if (uniqueId !== undefined && uniqueId.value.length > MAX_UNIQUE_ID_OCTETS) {
    throw invalid(`a unique id of more than ${MAX_UNIQUE_ID_OCTETS} octets`);
  }
  return {
    alpn: textOf(found.get(ALPN)),
    authority: textOf(found.get(AUTHORITY)),
    uniqueId: textOf(uniqueId),
    tls: tlsOf(found.get(TLS)?.value),
    checksumAt: checksum?.at,
  };
}

function tlsOf(block: Buffer | undefined): ProxiedTls | undefined {
  if (block === undefined) return undefined;
  const [flags] = block;
  if (flags === undefined || block.length < TLS_FIXED_OCTETS) {
    throw invalid('a TLS extension that is cut short');
  }
  const inner = walk(block.subarray(TLS_FIXED_OCTETS));
  if ((flags & CLIENT_TLS) === 0) return undefined;
  return {
    protocol: textOf(inner.get(TLS_VERSION)),
    hasCertificate: (flags & CLIENT_CERTIFICATE) !== 0,
  };
}

function walk(block: Buffer): ReadonlyMap<number, Extension> {
  const found = new Map<number, Extension>();
  let at = 0;
  while (at < block.length) {
    if (block.length - at < 3) throw invalid('an extension that is cut short');
    const type = block.readUInt8(at);
    const start = at + 3;
    const end = start + block.readUInt16BE(at + 1);
    if (end > block.length) throw invalid('an extension that is longer than the header');
    if (found.has(type)) throw invalid('an extension that stands there twice');
    if (READ.has(type)) found.set(type, { value: block.subarray(start, end), at: start });
    at = end;
  }
  return found;
}

function textOf(extension: Extension | undefined): string | undefined {
  return extension === undefined ? undefined : visibleText(extension.value.toString('latin1'));
}

function invalid(detail: string): ProxyHeaderError {
  return new ProxyHeaderError('proxy_header_invalid', `version 2: ${detail}`);
}

/**
 * Reads the ClientHello before OpenSSL does (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2): the
 * server name, by which the rules of the connection are chosen, and the tickets it wants to resume.
 *
 * Strict: what it can't read to the last octet counts as unreadable, and whoever asks must not let
 * such a connection pass, even should OpenSSL read something in it.
 */

export interface ClientHello {
  /** As sent, one character per octet; undefined where the client names no server. */
  readonly serverName: string | undefined;
  /** Tickets of RFC 5077, or PSK identities of TLS 1.3, in the order offered. */
  readonly tickets: readonly Buffer[];
}

export type HelloOutcome = ClientHello | 'incomplete' | 'unreadable';

export interface ClientHelloReader {
  /** Takes what has come in the meantime; says what is known after it. */
  push(bytes: Buffer): HelloOutcome;
}

/** With post-quantum key shares a ClientHello has some 2 kB, with long tickets 5. */
const MAX_HELLO_BYTES = 16_384;
/** The same in records of its own making, which may be as small as one octet. */
const MAX_RAW_BYTES = 4 * MAX_HELLO_BYTES;

const RECORD_HEADER_BYTES = 5;
const MESSAGE_HEADER_BYTES = 4;
const CONTENT_HANDSHAKE = 22;
const MESSAGE_CLIENT_HELLO = 1;
const EXTENSION_SERVER_NAME = 0;
const EXTENSION_SESSION_TICKET = 35;
const EXTENSION_PRE_SHARED_KEY = 41;
const NAME_TYPE_HOST = 0;

/** A reader for one connection. However small the pieces are, its work is linear in their sum. */
export function createClientHelloReader(): ClientHelloReader {
  return new HelloReader();
}

/** A class for the sake of its cost: one is made for each connection. */
class HelloReader implements ClientHelloReader {
  readonly #pieces: Buffer[] = [];
  #rawBytes = 0;
  /** Of the header of a record, as far as it has come. */
  #headerBytes = 0;
  #major = 0;
  #recordLength = 0;
  #recordBytesLeft = 0;
  #messageBytes = 0;
  /** Of the whole message, once its header is there. */
  #wantedBytes: number | undefined;

  push(bytes: Buffer): HelloOutcome {
    this.#rawBytes += bytes.length;
    if (this.#rawBytes > MAX_RAW_BYTES) return 'unreadable';
    let at = 0;
    while (at < bytes.length) {
      if (this.#recordBytesLeft === 0) {
        if (!this.#takeHeaderByte(bytes.readUInt8(at))) return 'unreadable';
        at += 1;
        continue;
      }
      const piece = bytes.subarray(at, at + this.#recordBytesLeft);
      at += piece.length;
      const outcome = this.#takePiece(piece);
      if (outcome !== 'incomplete') return outcome;
    }
    return 'incomplete';
  }

  #takeHeaderByte(byte: number): boolean {
    const at = this.#headerBytes;
    this.#headerBytes += 1;
    if (at === 0) return byte === CONTENT_HANDSHAKE;
    if (at === 1) this.#major = byte;
    if (at >= 3) this.#recordLength = (this.#recordLength % 256) * 256 + byte;
    if (this.#headerBytes < RECORD_HEADER_BYTES) return true;
    this.#headerBytes = 0;
    this.#recordBytesLeft = this.#recordLength;
    // Empty records of this type are forbidden (RFC 8446 section 5.1).
    return this.#major === 3 && this.#recordLength > 0;
  }

  #takePiece(piece: Buffer): HelloOutcome {
    this.#pieces.push(piece);
    this.#messageBytes += piece.length;
    this.#recordBytesLeft -= piece.length;
    if (this.#wantedBytes === undefined && this.#messageBytes >= MESSAGE_HEADER_BYTES) {
      const start = joined(this.#pieces);
      if (start[0] !== MESSAGE_CLIENT_HELLO) return 'unreadable';
      this.#wantedBytes = MESSAGE_HEADER_BYTES + start.readUIntBE(1, 3);
    }
    const wanted = this.#wantedBytes ?? MESSAGE_HEADER_BYTES + 1;
    if (wanted > MAX_HELLO_BYTES) return 'unreadable';
    if (this.#messageBytes < wanted) return 'incomplete';
    // It is the last message before an answer: nothing may follow it in its record.
    if (this.#messageBytes > wanted || this.#recordBytesLeft > 0) return 'unreadable';
    return readHello(joined(this.#pieces));
  }
}

/** Most come in one piece, which is not copied. */
function joined(pieces: readonly Buffer[]): Buffer {
  const first = pieces[0];
  return first !== undefined && pieces.length === 1 ? first : Buffer.concat(pieces);
}

function readHello(message: Buffer): HelloOutcome {
  try {
    return readFields(new Cursor(message, MESSAGE_HEADER_BYTES, message.length));
  } catch (error) {
    if (error instanceof RangeError) return 'unreadable';
    throw error;
  }
}

function readFields(body: Cursor): ClientHello {
  body.skip(2 + 32);
  body.skipVector(1);
  body.skipVector(2);
  body.skipVector(1);
  const seen = new Set<number>();
  const tickets: Buffer[] = [];
  let serverName: string | undefined;
  const extensions = body.isAtEnd() ? undefined : body.vector(2);
  body.end();
  while (extensions?.isAtEnd() === false) {
    const type = extensions.number(2);
    if (seen.has(type)) throw new RangeError('an extension stands there twice');
    seen.add(type);
    if (type === EXTENSION_SERVER_NAME) serverName = readServerName(extensions.vector(2));
    else if (type === EXTENSION_SESSION_TICKET) addTicket(tickets, extensions.vector(2).rest());
    else if (type === EXTENSION_PRE_SHARED_KEY) readIdentities(extensions.vector(2), tickets);
    else extensions.skipVector(2);
  }
  return { serverName, tickets };
}

/** RFC 6066 section 3. One name, of the one type there is. */
function readServerName(content: Cursor): string {
  const list = content.vector(2);
  content.end();
  if (list.number(1) !== NAME_TYPE_HOST) throw new RangeError('a name of an unknown type');
  const name = list.vector(2).rest();
  list.end();
  if (name.length === 0) throw new RangeError('an empty name');
  return name.toString('latin1');
}

/** RFC 8446 section 4.2.11. The binders are for OpenSSL. */
function readIdentities(content: Cursor, tickets: Buffer[]): void {
  const list = content.vector(2);
  while (!list.isAtEnd()) {
    addTicket(tickets, list.vector(2).rest());
    list.skip(4);
  }
}

/** An empty one says no more than that tickets are understood. */
function addTicket(tickets: Buffer[], ticket: Buffer): void {
  if (ticket.length > 0) tickets.push(ticket);
}

/** A class for the sake of its cost: a ClientHello has some forty vectors. */
class Cursor {
  readonly #octets: Buffer;
  readonly #limit: number;
  #at: number;

  constructor(octets: Buffer, start: number, limit: number) {
    this.#octets = octets;
    this.#at = start;
    this.#limit = limit;
  }

  /** Returns where they start. @throws RangeError, as all of them do, where they are not there. */
  skip(length: number): number {
    const start = this.#at;
    if (start + length > this.#limit) throw new RangeError('cut short');
    this.#at = start + length;
    return start;
  }

  number(octets: number): number {
    return this.#octets.readUIntBE(this.skip(octets), octets);
  }

  /** A value behind its length of this many octets, which is only looked for. */
  skipVector(lengthOctets: number): void {
    this.skip(this.number(lengthOctets));
  }

  /** A value behind its length of this many octets. */
  vector(lengthOctets: number): Cursor {
    const length = this.number(lengthOctets);
    const start = this.skip(length);
    return new Cursor(this.#octets, start, start + length);
  }

  rest(): Buffer {
    const start = this.#at;
    this.#at = this.#limit;
    return this.#octets.subarray(start, this.#limit);
  }

  isAtEnd(): boolean {
    return this.#at === this.#limit;
  }

  /** @throws RangeError where something is left. */
  end(): void {
    if (!this.isAtEnd()) throw new RangeError('octets are left');
  }
}

/**
 * Tokens that carry their own binding: the upstream's token and the thumbprint, encrypted and
 * authenticated under a key that only the gateways have. Nobody else can make, open or change one.
 */

import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';

import type { Binding, TokenKind } from './bindings.ts';

/** Tells a sealed token from all others; the digit is the version of what follows. */
const PREFIX = 'cbs1.';

const KEY_OCTETS = 32;
const KEY_ID_OCTETS = 4;
const SALT_OCTETS = 16;
const NONCE_OCTETS = 12;
const TAG_OCTETS = 16;
const THUMBPRINT_OCTETS = 32;
const HEAD_OCTETS = KEY_ID_OCTETS + SALT_OCTETS + NONCE_OCTETS;

/** Octets of one sealed token as text; longer ones fit no header of a request. */
const MAX_CHARACTERS = 16_384;

/** The place of a kind is part of the format. */
const KINDS: readonly TokenKind[] = [
  'access',
  'refresh',
  'device_code',
  'request_uri',
  'auth_req_id',
];

export interface SealedToken extends Binding {
  /** The token as the upstream issued it. */
  readonly token: string;
}

export interface TokenSealer {
  /** The sealed token; undefined where it would be too long for a header. */
  seal(token: SealedToken): string | undefined;
  /** What is in it; undefined for all that was not sealed under one of the keys. */
  open(text: string): SealedToken | undefined;
}

/**
 * @param keys 32 octets each. The first seals, every one opens: a new key is added behind the others
 * at all replicas, then moved to the front, and an old one is dropped when its last token is gone.
 */
export function createTokenSealer(keys: readonly Uint8Array[]): TokenSealer {
  const byId = new Map(keys.map((key) => [keyId(key).toString('hex'), key]));
  const [first] = keys;
  if (first === undefined || keys.some(({ length }) => length !== KEY_OCTETS)) {
    throw new TypeError(`expected keys of ${KEY_OCTETS} octets`);
  }

  return {
    seal: (token) => {
      const salt = randomBytes(SALT_OCTETS);
      const nonce = randomBytes(NONCE_OCTETS);
      const head = Buffer.concat([keyId(first), salt, nonce]);
      const cipher = createCipheriv('aes-256-gcm', tokenKey(first, salt), nonce);
      cipher.setAAD(Buffer.concat([Buffer.from(PREFIX), head]));
      const sealed = [head, cipher.update(encode(token)), cipher.final(), cipher.getAuthTag()];
      const text = PREFIX + Buffer.concat(sealed).toString('base64url');
      return text.length > MAX_CHARACTERS ? undefined : text;
    },
    open: (text) => {
      if (!text.startsWith(PREFIX) || text.length > MAX_CHARACTERS) return undefined;
      const encoded = text.slice(PREFIX.length);
      const octets = Buffer.from(encoded, 'base64url');
      // One spelling for each token: anything else is not what was handed out.
      if (octets.toString('base64url') !== encoded) return undefined;
      if (octets.length < HEAD_OCTETS + TAG_OCTETS) return undefined;
      const head = octets.subarray(0, HEAD_OCTETS);
      const key = byId.get(head.subarray(0, KEY_ID_OCTETS).toString('hex'));
      if (key === undefined) return undefined;
      const salt = head.subarray(KEY_ID_OCTETS, KEY_ID_OCTETS + SALT_OCTETS);
      const nonce = head.subarray(KEY_ID_OCTETS + SALT_OCTETS);
      const decipher = createDecipheriv('aes-256-gcm', tokenKey(key, salt), nonce, {
        authTagLength: TAG_OCTETS,
      });
      decipher.setAAD(Buffer.concat([Buffer.from(PREFIX), head]));
      decipher.setAuthTag(octets.subarray(-TAG_OCTETS));
      try {
        const opened = decipher.update(octets.subarray(HEAD_OCTETS, -TAG_OCTETS));
        return decode(Buffer.concat([opened, decipher.final()]));
      } catch {
        return undefined;
      }
    },
  };
}

/**
 * A key for each token, so that the number of tokens under one key is not limited by the 96 bits of
 * a nonce (NIST SP 800-38D section 8.3).
 */
function tokenKey(key: Uint8Array, salt: Uint8Array): Buffer {
  return createHmac('sha256', key).update('certbound sealed token').update(salt).digest();
}

/** Names a key without telling anything of it. */
function keyId(key: Uint8Array): Buffer {
  const digest = createHash('sha256').update('certbound sealing key').update(key).digest();
  return digest.subarray(0, KEY_ID_OCTETS);
}

function encode({ token, kind, thumbprint, clientId }: SealedToken): Buffer {
  const client = Buffer.from(clientId);
  const head = Buffer.alloc(4);
  head.writeUInt8(KINDS.indexOf(kind), 0);
  head.writeUInt8(thumbprint === undefined ? 0 : 1, 1);
  head.writeUInt16BE(client.length, 2);
  const bound = thumbprint === undefined ? Buffer.alloc(0) : Buffer.from(thumbprint, 'base64url');
  return Buffer.concat([head, bound, client, Buffer.from(token)]);
}

/** Only what `encode` made gets here; what does not fit is of a version that we don't know. */
function decode(octets: Buffer): SealedToken | undefined {
  const kind = KINDS[octets.readUInt8(0)];
  const isBound = octets.readUInt8(1) === 1;
  const clientStart = 4 + (isBound ? THUMBPRINT_OCTETS : 0);
  const tokenStart = clientStart + octets.readUInt16BE(2);
  if (kind === undefined || tokenStart >= octets.length) return undefined;
  return {
    kind,
    thumbprint: isBound ? octets.subarray(4, clientStart).toString('base64url') : undefined,
    clientId: octets.subarray(clientStart, tokenStart).toString(),
    token: octets.subarray(tokenStart).toString(),
  };
}

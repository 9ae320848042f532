/** Hashes of passwords as PHC strings: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`, `$scrypt$...`. */

/** Costs of Argon2id (RFC 9106 section 3.1). */
export interface Argon2idCosts {
  readonly algorithm: 'argon2id';
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** Costs of scrypt (RFC 7914 section 2). */
export interface ScryptCosts {
  readonly algorithm: 'scrypt';
  /** Logarithm of N to the base of 2. */
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

export type HashCosts = Argon2idCosts | ScryptCosts;

export interface PasswordHash {
  readonly costs: HashCosts;
  readonly salt: Uint8Array;
  readonly digest: Uint8Array;
}

/** Version 1.3 of Argon2, written in decimal (RFC 9106 section 3.1). */
const ARGON2_VERSION = '19';

/**
 * Below the lower bounds a hash found by a thief is guessed too soon; beyond the upper ones each
 * attempt would cost the gateway too much.
 */
const BOUNDS = {
  m: [7_168, 262_144],
  t: [1, 16],
  p: [1, 16],
  ln: [14, 20],
  r: [1, 32],
  salt: [8, 64],
  digest: [16, 64],
} as const;

/** Of scrypt, in bytes: N and r multiply. */
const MAX_SCRYPT_BYTES = 268_435_456;

const BASE64 = /^[A-Za-z0-9+/]+$/;

export type HashOutcome = { readonly hash: PasswordHash } | { readonly problem: string };

/** Reads a PHC string; parameters stand in their usual order, each once. */
export function parsePasswordHash(text: string): HashOutcome {
  const [before, algorithm, ...rest] = text.split('$');
  if (before !== '') return { problem: 'expected a hash that begins with $argon2id$ or $scrypt$' };
  if (algorithm === 'argon2id') {
    const [version, ...parts] = rest;
    if (version !== `v=${ARGON2_VERSION}`) return { problem: `expected v=${ARGON2_VERSION}` };
    return parseParts(parts, ['m', 't', 'p'], ([memory, passes, parallelism]) => ({
      algorithm,
      memory,
      passes,
      parallelism,
    }));
  }
  if (algorithm === 'scrypt') {
    return parseParts(rest, ['ln', 'r', 'p'], ([logN, r, p]) => ({ algorithm, logN, r, p }));
  }
  return { problem: 'expected a hash by argon2id or scrypt' };
}

/** Returns the PHC string. */
export function formatPasswordHash({ costs, salt, digest }: PasswordHash): string {
  const head =
    costs.algorithm === 'argon2id'
      ? `argon2id$v=${ARGON2_VERSION}$m=${costs.memory},t=${costs.passes},p=${costs.parallelism}`
      : `scrypt$ln=${costs.logN},r=${costs.r},p=${costs.p}`;
  return `$${head}$${encode(salt)}$${encode(digest)}`;
}

type CostName = 'm' | 't' | 'p' | 'ln' | 'r';
type Triple<T> = readonly [T, T, T];

/** Reads what follows the algorithm: costs, salt and hash. */
function parseParts(
  parts: readonly string[],
  names: Triple<CostName>,
  toCosts: (values: Triple<number>) => HashCosts,
): HashOutcome {
  const [costs, salt, digest, ...more] = parts;
  if (more.length > 0) return { problem: 'expected nothing behind the hash' };
  const values = parseCosts(costs ?? '', names);
  if ('problem' in values) return values;
  const read = toCosts(values.values);
  if (read.algorithm === 'scrypt' && 128 * 2 ** read.logN * read.r > MAX_SCRYPT_BYTES) {
    return { problem: 'ln and r take too much memory' };
  }
  const saltBytes = decode(salt, BOUNDS.salt);
  if (saltBytes === undefined) return { problem: 'the salt is not base64 of 8 to 64 bytes' };
  const digestBytes = decode(digest, BOUNDS.digest);
  if (digestBytes === undefined) return { problem: 'the hash is not base64 of 16 to 64 bytes' };
  return { hash: { costs: read, salt: saltBytes, digest: digestBytes } };
}

function parseCosts(
  text: string,
  names: Triple<CostName>,
): { readonly values: Triple<number> } | { readonly problem: string } {
  const pattern = new RegExp(`^${names.map((name) => `${name}=([1-9]\\d{0,8})`).join(',')}$`);
  const found = pattern.exec(text);
  if (found === null)
    return { problem: `expected ${names.map((name) => `${name}=...`).join(',')}` };
  const [first = 0, second = 0, third = 0] = found.slice(1).map(Number);
  const values: Triple<number> = [first, second, third];
  for (const [index, name] of names.entries()) {
    const [least, most] = BOUNDS[name];
    const value = values[index] ?? 0;
    if (value < least || value > most) {
      return { problem: `${name} must be between ${least} and ${most}` };
    }
  }
  return { values };
}

/** Base64 without padding, which the PHC format leaves out. */
function decode(
  text: string | undefined,
  [least, most]: readonly [number, number],
): Uint8Array | undefined {
  if (text === undefined || !BASE64.test(text)) return undefined;
  const bytes = new Uint8Array(Buffer.from(text, 'base64'));
  return bytes.length >= least && bytes.length <= most && encode(bytes) === text
    ? bytes
    : undefined;
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}

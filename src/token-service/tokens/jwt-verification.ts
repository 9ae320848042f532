/** Whether a JWT is an access token of this service (RFC 9068 section 4). */

import { compactVerify, errors } from 'jose';

import type { Claims } from './jwt-claims.ts';
import type { KeyKeeper } from '../keys/key-keeper.ts';

export interface JwtVerification {
  readonly issuer: string;
  readonly keys: Pick<KeyKeeper, 'find'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const TYPE = 'at+jwt';

const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * Returns the claims of a token that this service has signed and that has not expired; undefined
 * for anything else.
 *
 * The header must be just as the service writes it: exactly `alg`, `typ` and `kid`. So nothing in
 * it can bring a key (`jwk`, `jku`, `x5u`, `x5c`) or change what is signed (`b64`, `crit`), and the
 * algorithm is that of the key, whatever the header says.
 *
 * @throws StoreError when the keys can't be read.
 */
export async function verifyAccessToken(
  token: string,
  { issuer, keys, now }: JwtVerification,
): Promise<Claims | undefined> {
  if (!COMPACT.test(token)) return undefined;
  const [header = '', , signature = ''] = token.split('.');
  // The unused bits of the last character: another text would be the same signature.
  if (Buffer.from(signature, 'base64url').toString('base64url') !== signature) return undefined;
  const { alg, typ, kid, ...more } = parse(Buffer.from(header, 'base64url')) ?? {};
  if (typ !== TYPE || typeof kid !== 'string' || Object.keys(more).length > 0) return undefined;
  const key = await keys.find(kid);
  if (key === undefined || key.alg !== alg) return undefined;
  try {
    const { payload } = await compactVerify(token, key.publicKey, { algorithms: [key.alg] });
    const claims = parse(payload);
    return claims !== undefined && isInForce(claims, issuer, now()) ? claims : undefined;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

/** All that the service writes into each of its tokens must be there. */
function isInForce(claims: Claims, issuer: string, now: number): boolean {
  const { iss, exp, iat, jti, sub, client_id: clientId, aud } = claims;
  if (iss !== issuer) return false;
  if (![jti, sub, clientId].every((claim) => typeof claim === 'string' && claim !== '')) {
    return false;
  }
  if (aud === undefined || typeof iat !== 'number') return false;
  return typeof exp === 'number' && exp * 1_000 > now;
}

function parse(bytes: Uint8Array): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
}

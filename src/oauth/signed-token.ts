/** What a token says of itself that its issuer has signed (RFC 9068). */

import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { decodeProtectedHeader, errors, jwtVerify } from 'jose';
import type { JWTPayload } from 'jose';

import type { RegisteredKey } from '../certificate/key-set/jwk.ts';
import type { JwksAnswer } from '../clients/client-match.ts';
import type { JwksSource } from '../clients/jwks-source.ts';
import { UpstreamError } from '../errors.ts';
import { waitTraced } from '../http/trace.ts';
import type { TokenSource } from './access-token.ts';
import { invalidToken } from './bearer-token.ts';
import { statedThumbprint } from './stated-confirmation.ts';

export interface SignedTokenOptions {
  readonly issuer: string;
  /** One of these must be in `aud`. */
  readonly audience: readonly string[];
  /** Values of `typ`, in lower case and without `application/`. */
  readonly types: readonly string[];
  /** JWS algorithms; none that anybody could sign with. */
  readonly algorithms: readonly string[];
  readonly clockSkewMs: number;
}

export interface SignedTokenDeps {
  /** The keys of the issuer. */
  readonly keys: Pick<JwksSource, 'current' | 'newerThan'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export function createSignedTokenSource(
  options: SignedTokenOptions,
  { keys, now }: SignedTokenDeps,
): TokenSource {
  return async (call, token) => {
    const keyId = keyIdOf(token, options);
    const key = await waitTraced(call.trace, 'key_set', issuerKey(keyId, keys));
    const claims = await verify(token, key, options, now());
    const { client_id: clientId, cnf, iat } = claims;
    return {
      clientId: typeof clientId === 'string' ? clientId : undefined,
      thumbprint: statedThumbprint(cnf),
      issuedAt: iat,
    };
  };
}

/**
 * The `kid` of a token that could be one of the issuer's: what is none makes nobody fetch keys.
 * Fields by which a token would bring its own key (`jwk`, `jku`, `x5u`, `x5c`) are not looked at.
 */
function keyIdOf(token: string, { algorithms, types }: SignedTokenOptions): string | undefined {
  try {
    const { alg, typ, kid } = decodeProtectedHeader(token);
    const type = (typ ?? '').toLowerCase().replace(/^application\//, '');
    if (!algorithms.includes(alg ?? ''))
      throw invalidToken('token_invalid', 'its alg is not taken');
    if (!types.includes(type)) throw invalidToken('token_invalid', 'its typ is not taken');
    return kid;
  } catch (error) {
    if (error instanceof TypeError) throw invalidToken('token_invalid', 'it is no JWT');
    throw error;
  }
}

/** @throws RequestError 401 where the issuer has no such key, UpstreamError 503 where none are known. */
async function issuerKey(
  keyId: string | undefined,
  keys: SignedTokenDeps['keys'],
): Promise<KeyObject> {
  const answer = await keys.current();
  const known = keyOf(answer, keyId);
  if (known !== undefined) return known;
  const newer = answer.kind === 'keys' ? await keys.newerThan(answer.jwks) : undefined;
  const key = newer && keyOf(newer, keyId);
  if (key !== undefined) return key;
  throw invalidToken('token_invalid', 'it is signed with no key of the issuer');
}

function keyOf(answer: JwksAnswer, keyId: string | undefined): KeyObject | undefined {
  if (answer.kind === 'unavailable') {
    throw new UpstreamError({
      status: 503,
      reason: 'token_keys_unavailable',
      publicText: 'the service is temporarily unavailable',
      detail: answer.detail,
    });
  }
  // Without a name it must be clear which key is meant.
  const [key, ...others] = answer.jwks.keys.filter(
    (each) => keyId === undefined || each.keyId === keyId,
  );
  return key === undefined || others.length > 0 ? undefined : publicKeyOf(key);
}

function publicKeyOf({ publicKey }: RegisteredKey): KeyObject {
  return createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
}

async function verify(
  token: string,
  key: KeyObject,
  { issuer, audience, algorithms, clockSkewMs }: SignedTokenOptions,
  now: number,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, key, {
      issuer,
      audience: [...audience],
      algorithms: [...algorithms],
      requiredClaims: ['exp'],
      clockTolerance: clockSkewMs / 1_000,
      currentDate: new Date(now),
    });
    return payload;
  } catch (error) {
    // A key of another type than the alg is told by a TypeError.
    if (error instanceof errors.JOSEError || error instanceof TypeError) {
      throw invalidToken('token_invalid', error.message);
    }
    throw error;
  }
}

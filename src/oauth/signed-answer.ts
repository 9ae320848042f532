/** Signed answers to introspection (RFC 9701) where the gateway must know what they say. */

import { compactVerify, createRemoteJWKSet, customFetch } from 'jose';

import type { FetchDocument } from '../clients/jwks-source.ts';
import { UpstreamError } from '../errors.ts';
import { fieldValue } from '../http/header-list.ts';
import type { HeaderList } from '../http/exchange.ts';
import { readJsonMembers } from '../http/json-members.ts';
import type { JsonMembers } from '../http/json-members.ts';

/** RFC 9701 section 5; nothing that a public key could be taken for a secret of. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

const TYPE = 'token-introspection+jwt';
/** The same as media type of an answer. */
const SIGNED = /^\s*(?:application\/)?token-introspection\+jwt\s*(?:;|$)/i;

/** Characters before the first dot, which are parsed before anything is verified. */
const MAX_HEADER_CHARACTERS = 8_192;

export interface SignedAnswers {
  /**
   * What a signed answer says of the token: the members of `token_introspection`.
   *
   * @throws UpstreamError 502 `upstream_answer_signed` unless it is an answer of this issuer, signed
   * with one of its keys.
   */
  read(jwt: Buffer): Promise<JsonMembers>;
}

export interface SignedAnswersOptions {
  readonly issuer: string;
  readonly jwksUri: string;
  /** Longest wait for the keys. */
  readonly timeoutMs: number;
  readonly fetch: FetchDocument;
}

/** Returns a reader that fetches the keys when they are first needed, and again for an unknown one. */
export function createSignedAnswers(options: SignedAnswersOptions): SignedAnswers {
  const { issuer, jwksUri, timeoutMs, fetch } = options;
  const keys = createRemoteJWKSet(new URL(jwksUri), {
    timeoutDuration: timeoutMs,
    [customFetch]: async (url, { signal }) =>
      new Response(Buffer.from(await fetch(url, { signal }))),
  });

  return {
    read: async (jwt) => {
      if (jwt.indexOf('.') > MAX_HEADER_CHARACTERS) throw refusedSigned('its header is too large');
      const { payload, protectedHeader } = await compactVerify(jwt, keys, {
        algorithms: ALGORITHMS,
      }).catch((error: unknown) => {
        throw refusedSigned(error instanceof Error ? error.message : 'not verified');
      });
      if (typeOf(protectedHeader.typ ?? '') !== TYPE) throw refusedSigned('its typ is another');
      const claims = readJsonMembers(Buffer.from(payload).toString('utf8'));
      if (claims?.value('iss') !== issuer) {
        throw refusedSigned('it is of another issuer');
      }
      const answer = readJsonMembers(claims?.source('token_introspection') ?? '');
      if (answer === undefined) throw refusedSigned('no token_introspection with unique keys');
      return answer;
    },
  };
}

/** Whether an answer says of itself that it is signed. */
export function isSignedAnswer(headers: HeaderList): boolean {
  const type = fieldValue(headers, 'content-type') ?? '';
  return SIGNED.test(type);
}

export function refusedSigned(detail: string): UpstreamError {
  return new UpstreamError({
    status: 502,
    reason: 'upstream_answer_signed',
    publicText: 'the identity server gave an answer that can not be used',
    detail: `a signed answer: ${detail}`,
  });
}

/** RFC 7515 section 4.1.9: `application/` may be left out. */
function typeOf(text: string): string {
  return text.toLowerCase().replace(/^application\//, '');
}

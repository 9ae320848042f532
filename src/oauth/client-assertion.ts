/** Assertions by which the gateway authenticates for a client (RFC 7523 section 3). */

import { randomUUID } from 'node:crypto';

import { SignJWT } from 'jose';

import type { AssertionKey } from '../clients/client.ts';

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Long enough for a clock that is a little late; the assertion is used at once and only once. */
const LIFETIME = '60s';

/** The assertion, good for one request. */
export function clientAssertion(clientId: string, key: AssertionKey): Promise<string> {
  const header = { alg: key.algorithm, ...(key.keyId === undefined ? {} : { kid: key.keyId }) };
  return new SignJWT()
    .setProtectedHeader(header)
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(key.audience)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(LIFETIME)
    .sign(key.privateKey);
}

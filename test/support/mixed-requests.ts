/** What the clients of a mixed load ask for, and which answers are right. */

import assert from 'node:assert/strict';

import { basic } from './https-client.ts';
import type { LoadAnswer, LoadRequest } from './load-request.ts';

export interface MixedRequests {
  readonly token: LoadRequest;
  /** Absent where nobody may introspect; then more tokens are asked for. */
  readonly introspection?: (token: string) => LoadRequest;
  /** One that goes through to the server behind. */
  readonly passing: (token: string) => LoadRequest;
}

/** A request that is made next, and what is wrong with its answer: throws where anything is. */
export interface Turn {
  readonly request: LoadRequest;
  readonly judge: (answer: LoadAnswer) => void;
}

/** Every so many requests the mix begins anew. */
export const ROUND = 10;
const TOKENS = 6;
const INTROSPECTIONS = 3;

/** For the clients of `EMBEDDED`, whose service has no paths to guard: its keys are what is read. */
export const EMBEDDED_REQUESTS: MixedRequests = {
  token: {
    path: '/oauth2/token',
    form: { grant_type: 'client_credentials', client_id: 'self-signed' },
  },
  introspection: (token) => ({
    path: '/oauth2/introspect',
    form: { token },
    headers: Object.fromEntries([basic('resource-server', 'rs-secret')]),
  }),
  passing: () => ({ path: '/oauth2/jwks' }),
};

/** For gateways where nobody may introspect. */
export const WITHOUT_INTROSPECTION: MixedRequests = {
  token: EMBEDDED_REQUESTS.token,
  passing: EMBEDDED_REQUESTS.passing,
};

export interface Mix {
  /** What stands at a place of the round: token requests until there is a token. */
  turn(place: number): Turn;
  /** The last token that anybody got; empty before the first. */
  token(): string;
}

/** @param thumbprint of the certificate that every token has to be bound to. */
export function createMix(requests: MixedRequests, thumbprint: string): Mix {
  let token = '';
  const issue: Turn = {
    request: requests.token,
    judge: (answer) => {
      assert.equal(answer.status, 200, answer.text);
      token = String(answer.json()['access_token']);
    },
  };
  const judgeIntrospection = (answer: LoadAnswer): void => {
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.json()['cnf'], { 'x5t#S256': thumbprint }, answer.text);
  };
  const judgePassing = (answer: LoadAnswer): void => assert.equal(answer.status, 200, answer.text);
  return {
    turn: (place) => {
      if (token === '' || place < TOKENS) return issue;
      if (place >= TOKENS + INTROSPECTIONS) {
        return { request: requests.passing(token), judge: judgePassing };
      }
      const request = requests.introspection?.(token);
      return request === undefined ? issue : { request, judge: judgeIntrospection };
    },
    token: () => token,
  };
}

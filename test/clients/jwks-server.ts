/** A client's key server on loopback, and sources that ask it through the guarded fetcher. */

import { EventEmitter, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';

import { createJwksSource } from '../../src/clients/jwks-source.ts';
import type {
  FetchDocument,
  JwksSource,
  JwksSourceDeps,
  JwksSourceOptions,
} from '../../src/clients/jwks-source.ts';
import { createFetcher } from '../../src/fetch/fetcher.ts';
import { startDocumentServer } from '../fetch/document-server.ts';
import { createAuthority } from '../support/pki.ts';

export interface JwksServer {
  readonly uri: string;
  readonly fetch: FetchDocument;
  /** What is answered from now on; a number is a status without a document. */
  publish(document: object | string | number): void;
  /** Answers wait until they are asked for one by one. */
  hold(): void;
  /** The next request that is held, once it is there; the function returned answers it. */
  held(): Promise<(document: object) => void>;
  readonly requestCount: () => number;
}

export async function startJwksServer(t: TestContext): Promise<JwksServer> {
  const authority = await createAuthority();
  const identity = await authority.issue({ subject: 'CN=localhost', san: { ip: ['127.0.0.1'] } });
  const waiting: ServerResponse[] = [];
  const arrivals = new EventEmitter();
  let document: object | string | number = { keys: [] };
  let holds = false;
  const answer = (response: ServerResponse, what: object | string | number): void => {
    if (typeof what === 'number') response.writeHead(what).end();
    else response.end(typeof what === 'string' ? what : JSON.stringify(what));
  };
  const { port, requests } = await startDocumentServer(
    t,
    (_, response) => {
      if (!holds) return answer(response, document);
      waiting.push(response);
      arrivals.emit('held');
    },
    { identity },
  );
  const fetcher = createFetcher({
    maxBytes: 262_144,
    timeoutMs: 10_000,
    allowPrivateAddresses: true,
    caPems: [authority.certificatePem],
  });
  t.after(() => fetcher.close());
  return {
    uri: `https://127.0.0.1:${port}/jwks`,
    fetch: async (url, { signal }) => {
      const answered = await fetcher.fetch({ url, signal });
      return answered.kind === 'document' ? answered.body : new Uint8Array();
    },
    publish: (next) => {
      document = next;
    },
    hold: () => {
      holds = true;
    },
    held: async () => {
      if (waiting.length === 0) await once(arrivals, 'held');
      const response = waiting.shift();
      return (what) => response !== undefined && answer(response, what);
    },
    requestCount: () => requests.length,
  };
}

/** A clock that stands still until it is moved, in milliseconds. */
export function createClock() {
  let time = 0;
  return {
    now: () => time,
    advance: (milliseconds: number) => {
      time += milliseconds;
    },
  };
}

export const TIMES = {
  maxAgeMs: 60_000,
  maxStaleMs: 600_000,
  cooldownMs: 10_000,
  timeoutMs: 10_000,
} as const;

/** A source of the server's address, closed when the test ends. */
export function sourceOf(
  t: TestContext,
  server: JwksServer,
  deps: Omit<JwksSourceDeps, 'fetch'> & Partial<JwksSourceDeps>,
  options: Partial<JwksSourceOptions> = {},
): JwksSource {
  const source = createJwksSource(
    { uri: server.uri, ...TIMES, ...options },
    { fetch: server.fetch, ...deps },
  );
  t.after(() => source.close());
  return source;
}

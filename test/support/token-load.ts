/** Many token requests over a fixed number of client connections. */

import { Agent, request } from 'node:https';

import type { GatewayFixture } from './running-gateway.ts';

export interface LoadResult {
  readonly answered: number;
  /** What was not answered 200, as text. */
  readonly errors: readonly string[];
  readonly seconds: number;
}

const BODY = 'grant_type=client_credentials&client_id=self-signed';

/** Sends `requests` token requests from `connections` clients, each one after the other. */
export async function tokenLoad(
  gateway: GatewayFixture,
  { requests, connections }: { readonly requests: number; readonly connections: number },
): Promise<LoadResult> {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: connections,
    ca: gateway.ca,
    cert: gateway.client.certificatePem,
    key: gateway.client.privateKeyPem,
    servername: 'localhost',
  });
  const errors: string[] = [];
  let sent = 0;
  let answered = 0;
  const worker = async (): Promise<void> => {
    while (sent < requests) {
      sent += 1;
      const outcome = await tokenRequest(agent, gateway.port);
      if (outcome === '200') answered += 1;
      else errors.push(outcome);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: connections }, worker));
  agent.destroy();
  return { answered, errors, seconds: (performance.now() - started) / 1_000 };
}

async function tokenRequest(agent: Agent, port: number): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const outgoing = request(
    {
      agent,
      host: '127.0.0.1',
      port,
      method: 'POST',
      path: '/oauth2/token',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': BODY.length,
      },
    },
    (incoming) => {
      incoming.resume();
      incoming.on('error', (error) => resolve(error.message));
      incoming.on('end', () => resolve(String(incoming.statusCode)));
    },
  );
  outgoing.on('error', (error) => resolve(error.message));
  outgoing.end(BODY);
  return promise;
}

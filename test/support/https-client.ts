/** One HTTPS request, on a connection of its own unless said otherwise, with nothing hidden: for tests. */

import { request } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import type { Agent } from 'node:https';

export interface ClientOptions {
  readonly port: number;
  readonly path: string;
  /** In place of `localhost` and the port. */
  readonly authority?: string;
  readonly method?: string;
  /** A flat list keeps order, spelling and repetition. */
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string | Uint8Array;
  /** PEM of the CAs to believe. */
  readonly ca: string;
  readonly certificatePem?: string;
  readonly privateKeyPem?: string;
  /** The address to connect from. */
  readonly localAddress?: string;
  /** Keeps connections for later requests. */
  readonly agent?: Agent;
}

export interface ClientAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON. Throws when it is none. */
  json(): Record<string, unknown>;
}

export async function httpsRequest(options: ClientOptions): Promise<ClientAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ClientAnswer>();
  const body = options.body ?? '';
  const outgoing = request(
    {
      host: '127.0.0.1',
      port: options.port,
      servername: 'localhost',
      method: options.method ?? 'GET',
      path: options.path,
      agent: options.agent ?? false,
      ...(options.localAddress === undefined ? {} : { localAddress: options.localAddress }),
      ca: options.ca,
      ...(options.certificatePem === undefined ? {} : { cert: options.certificatePem }),
      ...(options.privateKeyPem === undefined ? {} : { key: options.privateKeyPem }),
      headers: [
        'host',
        options.authority ?? `localhost:${options.port}`,
        ...(body.length === 0 ? [] : ['content-length', String(Buffer.byteLength(body))]),
        ...(options.headers ?? []).flat(),
      ],
    },
    (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text,
          json: () => JSON.parse(text) as Record<string, unknown>,
        });
      });
    },
  );
  outgoing.on('error', reject);
  outgoing.end(body);
  return promise;
}

/** A POST of a form. */
export async function postForm(
  options: Omit<ClientOptions, 'method' | 'body'> & {
    readonly form: string | Readonly<Record<string, string>>;
  },
): Promise<ClientAnswer> {
  const { form, headers, ...rest } = options;
  return httpsRequest({
    ...rest,
    method: 'POST',
    headers: [['content-type', 'application/x-www-form-urlencoded'], ...(headers ?? [])],
    body: typeof form === 'string' ? form : new URLSearchParams(form).toString(),
  });
}

/** The `Authorization` field of HTTP Basic. */
export function basic(user: string, password: string): readonly [string, string] {
  return ['authorization', `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`];
}

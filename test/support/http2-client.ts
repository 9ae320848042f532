/** One HTTPS request over HTTP/2 on a connection of its own, as https-client.ts does over HTTP/1.1. */

import { connect } from 'node:http2';
import type { ClientHttp2Session, IncomingHttpHeaders, IncomingHttpStatusHeader } from 'node:http2';
import type { ClientAnswer, ClientOptions } from './https-client.ts';

/** A connection to a gateway or listener on this machine. */
export function http2Connect(
  options: Pick<ClientOptions, 'port' | 'ca' | 'certificatePem' | 'privateKeyPem'>,
): ClientHttp2Session {
  const session = connect(`https://localhost:${options.port}`, {
    host: '127.0.0.1',
    servername: 'localhost',
    ca: options.ca,
    ...(options.certificatePem === undefined ? {} : { cert: options.certificatePem }),
    ...(options.privateKeyPem === undefined ? {} : { key: options.privateKeyPem }),
  });
  // What a test waits for tells of it.
  session.on('error', () => undefined);
  return session;
}

export interface Http2RequestOptions extends Pick<
  ClientOptions,
  'path' | 'method' | 'headers' | 'body'
> {
  readonly authority?: string;
}

/** One request on an open connection. */
export async function http2Exchange(
  session: ClientHttp2Session,
  { path, method = 'GET', headers = [], body = '', authority = 'localhost' }: Http2RequestOptions,
): Promise<ClientAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ClientAnswer>();
  const stream = session.request(
    [
      [':method', method],
      [':scheme', 'https'],
      [':authority', authority],
      [':path', path],
      ...(body.length === 0 ? [] : [['content-length', String(Buffer.byteLength(body))]]),
      ...headers,
    ].flat(),
    { endStream: body.length === 0 },
  );
  let answered: IncomingHttpHeaders & IncomingHttpStatusHeader = {};
  const chunks: Buffer[] = [];
  stream.on('response', (incoming) => (answered = incoming));
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('error', reject);
  stream.on('close', () => {
    if (answered[':status'] === undefined) {
      reject(new Error(`reset with ${stream.rstCode} before an answer`));
      return;
    }
    const text = Buffer.concat(chunks).toString('utf8');
    resolve({
      status: answered[':status'],
      headers: answered,
      text,
      json: () => JSON.parse(text) as Record<string, unknown>,
    });
  });
  if (body.length > 0) stream.end(body);
  return promise;
}

export async function http2Request(options: ClientOptions): Promise<ClientAnswer> {
  const session = http2Connect(options);
  try {
    return await http2Exchange(session, { ...options, authority: `localhost:${options.port}` });
  } finally {
    session.close();
  }
}

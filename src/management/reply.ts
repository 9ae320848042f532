/** Answers of the management listener: small, whole, and kept by nobody on the way. */

import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function textReply(status: number, body: string, headers: Reply['headers'] = {}): Reply {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${body}\n`, headers };
}

export function jsonReply(status: number, body: object): Reply {
  const text = `${JSON.stringify(body, undefined, 2)}\n`;
  return { status, contentType: 'application/json', body: text };
}

export function sendReply(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers;
  response.writeHead(reply.status, {
    'content-type': reply.contentType,
    'content-length': Buffer.byteLength(reply.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    // Few requests have a use for a body; one that is sent is not read to keep the connection.
    ...(length !== '0' || coding !== undefined ? { connection: 'close' } : {}),
    ...reply.headers,
  });
  response.end(request.method === 'HEAD' ? undefined : reply.body);
}

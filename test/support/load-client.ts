/**
 * A client of a load over HTTP/1.1: one connection at a time, requests written as they stand, and no
 * more done for an answer than to find its end. Node's own client takes twice the processor.
 */

import { connect, createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';

import { readAnswer } from './load-answer.ts';
import { LostRequest } from './load-request.ts';
import type { LoadAnswer, LoadClient, LoadRequest } from './load-request.ts';
import type { Issued } from './pki.ts';

export interface LoadTarget {
  readonly port: number;
  readonly ca: string;
  readonly client: Pick<Issued, 'certificatePem' | 'privateKeyPem' | 'thumbprint'>;
}

interface Connection {
  /** False once the server has said that it ends, or has ended. */
  isOpen(): boolean;
  exchange(text: string): Promise<LoadAnswer>;
  close(): void;
}

export function createLoadClient({ port, ca, client }: LoadTarget): LoadClient {
  // Made once: to read the certificates takes longer than a handshake.
  const secureContext = createSecureContext({
    ca,
    cert: client.certificatePem,
    key: client.privateKeyPem,
  });
  let connection: Connection | undefined;
  let handshakes = 0;
  return {
    ask: async (asked) => {
      if (connection?.isOpen() !== true) {
        handshakes += 1;
        connection = openConnection(port, secureContext);
      }
      return connection.exchange(requestText(asked));
    },
    handshakes: () => handshakes,
    leave: () => {
      connection?.close();
      connection = undefined;
    },
  };
}

function openConnection(port: number, secureContext: SecureContext): Connection {
  const connectedAt = performance.now();
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    secureContext,
    ALPNProtocols: ['http/1.1'],
  });
  socket.setNoDelay(true);
  let replica: string | undefined;
  let isOpen = true;
  let received = '';
  let waiting: PromiseWithResolvers<LoadAnswer> | undefined;
  let trouble = 'the connection ended before an answer';

  socket.once('secureConnect', () => {
    replica = socket.getPeerX509Certificate()?.subject.replace('CN=', '') ?? '';
  });
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    const answer = readAnswer(received);
    if (answer === undefined) return;
    received = '';
    isOpen &&= !answer.isLast;
    const { status, text } = answer;
    waiting?.resolve({
      status,
      text,
      replica: replica ?? '',
      json: () => JSON.parse(text) as Record<string, unknown>,
    });
    waiting = undefined;
    if (!isOpen) socket.end();
  });
  socket.on('error', (error) => (trouble = error.message));
  socket.once('end', () => (isOpen = false));
  socket.once('close', () => {
    isOpen = false;
    waiting?.reject(new LostRequest(trouble, { replica, connectedAt }));
  });
  return {
    isOpen: () => isOpen,
    exchange: (text) => {
      waiting = Promise.withResolvers<LoadAnswer>();
      socket.write(text);
      return waiting.promise;
    },
    close: () => socket.destroy(),
  };
}

function requestText({ path, form, headers = {} }: LoadRequest): string {
  const body = form === undefined ? '' : new URLSearchParams(form).toString();
  const lines = [
    `${form === undefined ? 'GET' : 'POST'} ${path} HTTP/1.1`,
    'host: localhost',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(form === undefined
      ? []
      : ['content-type: application/x-www-form-urlencoded', `content-length: ${body.length}`]),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

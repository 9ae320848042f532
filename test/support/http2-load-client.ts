/** A client of a load over HTTP/2: one session, another when it was told to end. */

import { once } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';

import { http2Connect, http2Exchange } from './http2-client.ts';
import type { LoadTarget } from './load-client.ts';
import { LostRequest } from './load-request.ts';
import type { LoadClient, LoadRequest } from './load-request.ts';

interface Opened {
  readonly session: ClientHttp2Session;
  readonly connectedAt: number;
  /** By a GOAWAY. */
  isToldToEnd: boolean;
}

export function createHttp2LoadClient({ port, ca, client }: LoadTarget): LoadClient {
  const { certificatePem, privateKeyPem } = client;
  let current: Opened | undefined;
  let handshakes = 0;

  const open = async (): Promise<Opened> => {
    const connectedAt = performance.now();
    handshakes += 1;
    const session = http2Connect({ port, ca, certificatePem, privateKeyPem });
    const opened: Opened = { session, connectedAt, isToldToEnd: false };
    session.once('goaway', () => {
      opened.isToldToEnd = true;
      if (current === opened) current = undefined;
    });
    session.once('close', () => {
      if (current === opened) current = undefined;
    });
    await once(session, 'connect').catch((error: unknown) => {
      throw new LostRequest(textOf(error), { connectedAt, replica: undefined });
    });
    return opened;
  };

  return {
    ask: async (asked) => {
      for (;;) {
        current ??= await open();
        const opened = current;
        try {
          const answer = await http2Exchange(opened.session, exchangeOf(asked));
          return { ...answer, replica: '' };
        } catch (error) {
          // What GOAWAY leaves out is sent again, RFC 9113 section 6.8.
          if (opened.isToldToEnd) continue;
          throw new LostRequest(textOf(error), { connectedAt: opened.connectedAt, replica: '' });
        }
      }
    },
    handshakes: () => handshakes,
    leave: () => {
      current?.session.close();
      current = undefined;
    },
  };
}

function exchangeOf({ path, form, headers = {} }: LoadRequest) {
  const type = ['content-type', 'application/x-www-form-urlencoded'] as const;
  return {
    path,
    method: form === undefined ? 'GET' : 'POST',
    headers: [...Object.entries(headers), ...(form === undefined ? [] : [type])],
    ...(form !== undefined && { body: new URLSearchParams(form).toString() }),
  };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : 'failed';
}

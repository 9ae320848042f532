/**
 * Clients that never stop asking: connections that are kept, new ones, and HTTP/2. Lost is what got no
 * answer, or another than 200, on a connection that the gateway had not told to end before.
 */

import { once } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';
import { Agent } from 'node:https';

import { postForm } from './https-client.ts';
import type { ClientAnswer } from './https-client.ts';
import { http2Connect, http2Exchange } from './http2-client.ts';
import type { Issued } from './pki.ts';

export interface LoadTarget {
  readonly port: number;
  readonly ca: string;
  readonly client: Issued;
}

export interface MixedLoad {
  readonly answered: () => number;
  /** Resolves when so many more have been answered. */
  more(count: number): Promise<void>;
  /** Ends it; resolves to what was lost, as text. */
  stop(): Promise<readonly string[]>;
}

const FORM = { grant_type: 'client_credentials', client_id: 'self-signed' };
const TOKEN = {
  method: 'POST',
  path: '/oauth2/token',
  headers: [['content-type', 'application/x-www-form-urlencoded']],
  body: new URLSearchParams(FORM).toString(),
} as const;

/** @param isStopping whether the gateway may refuse new connections; a client then goes elsewhere. */
export function startMixedLoad(
  target: LoadTarget,
  {
    clients,
    isStopping = () => false,
  }: { readonly clients: number; readonly isStopping?: () => boolean },
): MixedLoad {
  const lost: string[] = [];
  let answered = 0;
  let isStopped = false;
  const waiters = new Set<() => void>();

  const worker = async (ask: () => Promise<ClientAnswer | 'told'>): Promise<void> => {
    while (!isStopped) {
      try {
        const answer = await ask();
        if (answer === 'told') continue;
        if (answer.status !== 200) lost.push(`${answer.status} ${answer.text}`);
        else answered += 1;
      } catch (error) {
        if (isStopping() && isRefusedAtDoor(error)) return;
        lost.push(error instanceof Error ? error.message : 'failed');
      }
      for (const waiter of waiters) waiter();
    }
  };

  const { port, ca, client } = target;
  const agent = new Agent({ keepAlive: true });
  const ask = (kept: boolean) => () =>
    postForm({ port, ca, path: TOKEN.path, ...client, form: FORM, ...(kept && { agent }) });
  const sessions = Array.from({ length: clients }, () => http2Asker(target));
  const running = [
    ...Array.from({ length: clients }, () => worker(ask(true))),
    worker(ask(false)),
    ...sessions.map((session) => worker(session.ask)),
  ];

  return {
    answered: () => answered,
    more: async (count) => {
      const goal = answered + count;
      while (answered < goal && lost.length === 0) {
        const { promise, resolve } = Promise.withResolvers<void>();
        waiters.add(resolve);
        await promise;
        waiters.delete(resolve);
      }
    },
    stop: async () => {
      isStopped = true;
      await Promise.all(running);
      agent.destroy();
      for (const session of sessions) session.close();
      return lost;
    },
  };
}

/** No byte of the request has been sent. */
function isRefusedAtDoor(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const isConnecting = 'syscall' in error && error.syscall === 'connect';
  return isConnecting || /before secure TLS connection/.test(error.message);
}

/** One session, another when it was told to end. What GOAWAY leaves out is sent again on that one. */
function http2Asker({ port, ca, client }: LoadTarget) {
  let session: ClientHttp2Session | undefined;
  let isTold = false;

  const open = async (): Promise<ClientHttp2Session> => {
    const opened = http2Connect({ port, ca, ...client });
    opened.once('goaway', () => {
      isTold = true;
      if (session === opened) session = undefined;
    });
    isTold = false;
    session = opened;
    await once(opened, 'connect');
    return opened;
  };

  return {
    ask: async (): Promise<ClientAnswer | 'told'> => {
      const current = session ?? (await open());
      try {
        return await http2Exchange(current, TOKEN);
      } catch (error) {
        if (isTold || current.closed) return 'told';
        throw error;
      }
    },
    close: () => session?.close(),
  };
}

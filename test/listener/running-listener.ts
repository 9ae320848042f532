/** A listener on a free port with a handler of the test's own, and clients that hide nothing. */

import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import type { ConnectionFacts, Exchange } from '../../src/http/exchange.ts';
import { createListener } from '../../src/listener/listener.ts';
import type { Listener, ListenerDeps, ListenerOptions } from '../../src/listener/listener.ts';
import type { TelemetryEvent } from '../../src/telemetry/events.ts';
import { createAuthority } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { DEFAULT_LIMITS } from './default-limits.ts';

export interface RunningListener {
  readonly listener: Listener;
  /** What it was made of. */
  readonly options: ListenerOptions;
  /** A second one by the same rules, its address open and not served. */
  openAnother(): Promise<{ readonly listener: Listener; readonly port: number }>;
  readonly port: number;
  /** What its clients send before anything else: nothing, or a PROXY header. */
  readonly preamble: Uint8Array;
  /** PEM of the CA that issued the listener's own certificate. */
  readonly ca: string;
  readonly authority: Issued;
  /** Everything told so far. */
  readonly events: readonly TelemetryEvent[];
  /** The connections whose handshake has finished. */
  readonly secured: readonly ConnectionFacts[];
  /** The first event of this kind that is told or was told. */
  event<K extends TelemetryEvent['kind']>(kind: K): Promise<Extract<TelemetryEvent, { kind: K }>>;
  /** Resolves when this many handshakes have ended, well or not. */
  handshakesEnded(count: number): Promise<void>;
}

export interface StartOptions extends Partial<Omit<ListenerOptions, 'limits' | 'identity'>> {
  readonly preamble?: Uint8Array;
  readonly limits?: Partial<ListenerOptions['limits']>;
  /** The rest is a certificate for localhost, and `want`. */
  readonly identity?: Partial<ListenerOptions['identity']>;
  readonly clientCertificate?: ListenerOptions['identity']['clientCertificate'];
  readonly handle?: (exchange: Exchange) => Promise<void>;
  readonly overload?: ListenerDeps['overload'];
}

const NOTHING = Buffer.alloc(0);

export async function startListener(
  t: TestContext,
  {
    limits,
    identity,
    clientCertificate = 'want',
    handle = echo,
    preamble = NOTHING,
    overload,
    ...options
  }: StartOptions = {},
): Promise<RunningListener> {
  const authority = await createAuthority({ name: 'Server CA' });
  const server = await authority.issue({
    subject: 'CN=localhost',
    san: { dns: ['localhost'], ip: ['127.0.0.1'] },
    eku: ['serverAuth'],
  });
  const events: TelemetryEvent[] = [];
  const secured: ConnectionFacts[] = [];
  const waiters = new Set<() => void>();
  const told = (): void => {
    for (const waiter of waiters) waiter();
  };
  const until = async <T>(find: () => T | undefined): Promise<T> => {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      const { promise, resolve } = Promise.withResolvers<void>();
      waiters.add(resolve);
      await promise;
      waiters.delete(resolve);
    }
  };
  const whole: ListenerOptions = {
    name: 'test',
    address: { host: '127.0.0.1', port: 0 },
    identity: {
      certificatePem: server.certificatePem,
      privateKeyPem: server.privateKeyPem,
      clientCertificate,
      ...identity,
    },
    named: [],
    sessions: { isOn: undefined, lifetimeMs: 3_600_000, secret: undefined },
    shownCaPems: [],
    tlsMinVersion: 'TLSv1.2',
    takesUpgrades: false,
    http2: true,
    limits: { ...DEFAULT_LIMITS, ...limits },
    ...options,
  };
  const create = (): Listener => {
    const created = createListener(whole, {
      handle,
      ...(overload && { overload }),
      onSecure: (facts) => {
        secured.push(facts);
        told();
      },
      events: (event) => {
        events.push(event);
        told();
      },
    });
    t.after(() => created.stop(0));
    return created;
  };
  const listener = create();
  const { port } = await listener.listen();
  const isKind = <K extends TelemetryEvent['kind']>(
    kind: K,
  ): Promise<Extract<TelemetryEvent, { kind: K }>> =>
    until(() => events.find((event) => event.kind === kind)) as Promise<
      Extract<TelemetryEvent, { kind: K }>
    >;
  return {
    listener,
    options: whole,
    openAnother: async () => {
      const another = create();
      return { listener: another, port: (await another.open()).port };
    },
    port,
    preamble,
    ca: authority.certificatePem,
    authority,
    events,
    secured,
    event: isKind,
    handshakesEnded: async (count) => {
      const failed = (): number => events.filter(endsHandshake).length;
      await until(() => (failed() + secured.length >= count ? true : undefined));
    },
  };
}

/** A connection without its PROXY header, one that was reset say, has no handshake to fail. */
export function endsHandshake(event: TelemetryEvent): boolean {
  return (
    event.kind === 'handshake_failed' ||
    (event.kind === 'connection_refused' && event.reason.startsWith('proxy_header_'))
  );
}

/** Answers with what it was given, as JSON. */
export async function echo(exchange: Exchange): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of exchange.body) chunks.push(chunk as Buffer);
  const { method, target, host, headers, hasBody } = exchange;
  const seen = { method, target, host, headers, hasBody, body: Buffer.concat(chunks).toString() };
  await answerText(exchange, JSON.stringify(seen));
}

export async function answerText(exchange: Exchange, text: string): Promise<void> {
  await exchange.respond({ status: 200, headers: [], body: Buffer.from(text) });
}

/** A connected client that keeps all it has received. */
export interface Client<S extends Socket = TLSSocket> {
  readonly socket: S;
  /** What has come so far. */
  received(): string;
  /** Resolves to all that has come once it matches; rejects when the connection ends before. */
  receive(pattern: RegExp): Promise<string>;
  /** Resolves to all that has come once the connection has ended. */
  closed(): Promise<string>;
}

export async function connect(
  t: TestContext,
  running: ClientTarget & Pick<RunningListener, 'ca'>,
  options: ConnectionOptions = {},
): Promise<Client> {
  const { port, ca, preamble = NOTHING } = running;
  const way =
    preamble.length === 0 ? { host: '127.0.0.1', port } : { socket: await begin(t, running) };
  const socket = connectTls({ ...way, ca, servername: 'localhost', ...options });
  t.after(() => socket.destroy());
  const client = recording(socket);
  await once(socket, 'secureConnect');
  return client;
}

/** Where to connect to, and what to begin with. */
type ClientTarget = Pick<RunningListener, 'port'> & Partial<Pick<RunningListener, 'preamble'>>;

export async function connectPlain(t: TestContext, to: ClientTarget): Promise<Client<Socket>> {
  return recording(await begin(t, to));
}

/** A TCP connection on which the preamble has been written. */
async function begin(t: TestContext, { port, preamble = NOTHING }: ClientTarget): Promise<Socket> {
  const socket = connectTcp({ host: '127.0.0.1', port });
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  socket.on('error', () => {});
  if (preamble.length > 0) socket.write(preamble);
  return socket;
}

function recording<S extends Socket>(socket: S): Client<S> {
  const chunks: Buffer[] = [];
  const text = (): string => Buffer.concat(chunks).toString('latin1');
  const ended = Promise.withResolvers<void>();
  socket.on('error', () => {});
  socket.on('close', () => ended.resolve());
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  return {
    socket,
    received: text,
    receive: async (pattern) => {
      while (!pattern.test(text())) {
        const next = Promise.withResolvers<boolean>();
        const onData = (): void => next.resolve(true);
        socket.once('data', onData);
        void ended.promise.then(() => next.resolve(false));
        const hasMore = await next.promise;
        socket.off('data', onData);
        if (!hasMore) throw new Error(`the connection ended after: ${text()}`);
      }
      return text();
    },
    closed: async () => {
      await ended.promise;
      return text();
    },
  };
}

/** Sends bytes on a connection of its own and resolves to all that came until it was closed. */
export async function exchangeBytes(
  t: TestContext,
  running: Parameters<typeof connect>[1],
  bytes: string | Uint8Array,
): Promise<string> {
  const client = await connect(t, running);
  client.socket.write(bytes);
  return client.closed();
}

/** The status code of the first answer in a text, and the body after its head. */
export function parseAnswer(text: string): {
  readonly status: number;
  readonly head: string;
  readonly body: string;
} {
  const end = text.indexOf('\r\n\r\n');
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]),
    head: text.slice(0, end),
    body: text.slice(end + 4),
  };
}

/** What must hold however a connection comes: from the client itself, or through a load balancer. */

import { test as nodeTest } from 'node:test';
import type { TestContext } from 'node:test';
import { binaryHeader } from './proxy-protocol/proxy-headers.ts';
import { startListener } from './running-listener.ts';
import type { RunningListener, StartOptions } from './running-listener.ts';

/** The client's address in the headers below. */
const PROXIED_CLIENT = '192.0.2.7';

interface Way {
  readonly title: string;
  readonly options: StartOptions;
  readonly client: string;
}

const LOOPBACK = { address: '127.0.0.0', prefix: 8 };
const proxyProtocol = { peers: [LOOPBACK], header_timeout: 5_000 };

const WAYS: readonly Way[] = [
  { title: '', options: {}, client: '127.0.0.1' },
  {
    title: ' (behind a PROXY header of version 1)',
    options: {
      proxyProtocol,
      preamble: Buffer.from(`PROXY TCP4 ${PROXIED_CLIENT} 10.0.0.1 4711 9443\r\n`),
    },
    client: PROXIED_CLIENT,
  },
  {
    title: ' (behind a PROXY header of version 2)',
    options: { proxyProtocol, preamble: binaryHeader() },
    client: PROXIED_CLIENT,
  },
];

/** Starts a listener whose clients come the way that the test is about. */
type Start = (t: TestContext, options?: StartOptions) => Promise<RunningListener>;

export interface WayContext {
  readonly t: TestContext;
  readonly startListener: Start;
  /** The address of the client, as events tell it. */
  readonly client: string;
}

/** Defines one test for each way that a connection can come. */
export function test(title: string, run: (context: WayContext) => Promise<void>): void {
  for (const { title: way, options, client } of WAYS) {
    const start: Start = (t, given) => startListener(t, { ...options, ...given });
    nodeTest(`${title}${way}`, (t) => run({ t, startListener: start, client }));
  }
}

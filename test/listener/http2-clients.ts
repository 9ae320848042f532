/** HTTP/2 clients of a running listener, gone with their test. */

import type { ClientHttp2Session } from 'node:http2';
import type { TestContext } from 'node:test';
import { http2Connect } from '../support/http2-client.ts';
import { connectFrames } from '../support/http2-frames.ts';
import type { FrameClient } from '../support/http2-frames.ts';
import type { RunningListener } from './running-listener.ts';

/** A client that sends and receives single frames. */
export async function frameClient(
  t: TestContext,
  running: Pick<RunningListener, 'port' | 'ca'>,
): Promise<FrameClient> {
  const client = await connectFrames(running);
  t.after(() => client.socket.destroy());
  return client;
}

/** A client that keeps to the rules. */
export function http2Client(
  t: TestContext,
  running: Pick<RunningListener, 'port' | 'ca'>,
): ClientHttp2Session {
  const session = http2Connect(running);
  t.after(() => session.destroy());
  return session;
}

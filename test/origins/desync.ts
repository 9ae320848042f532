/** That a gateway and the origin behind it never read the same octets differently. */

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

import { ODD_FRAMES } from '../gateway/desync-frames.ts';
import { connect } from '../listener/running-listener.ts';
import { FLAG, FRAME, connectFrames, headers, request } from '../support/http2-frames.ts';
import type { Frame } from '../support/http2-frames.ts';
import { httpsRequest } from '../support/https-client.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture, LogLine } from '../support/running-gateway.ts';
import type { OriginKind } from './origin.ts';
import { SMUGGLED_PATH } from './shapes.ts';

/** Clients at once. */
const CLIENTS = 48;

/** Behind each shape: a client's own next request, if its connection is still open. */
const NEXT = 'GET /next HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

const LAST_PATH = '/last';

export interface OriginTest {
  readonly kind: OriginKind;
  readonly shapes: readonly string[];
}

/** Fails where the origin has seen anything but what the gateway says that it has passed on. */
export async function compareWithOrigin(
  t: TestContext,
  { kind, shapes }: OriginTest,
): Promise<void> {
  const origin = await kind.start(t);
  const gateway = await startGateway({
    // Few connections: whoever comes next gets what is left on one.
    yaml: `
token_service: {upstream: {url: '${origin.url}', max_connections: 2}}
overload: {max_event_loop_delay: 10m}
`,
  });
  t.after(() => gateway.close());
  const queue = shapes.entries();
  const work = async (): Promise<void> => {
    for (const [index, shape] of queue) {
      await send(t, gateway, shape);
      if (index % 8 === 0) await beVictim(gateway, index);
    }
  };
  await Promise.all([...Array.from({ length: CLIENTS }, work), sendFrames(t, gateway)]);
  await ask(gateway, LAST_PATH, 'GET');
  await gateway.logged(({ path }) => path === LAST_PATH);
  const seen = (await origin.seen(LAST_PATH)).map((line) => line.replace(/\?.*/, ''));
  const requests = gateway.log().filter(({ msg }) => msg === 'request');
  const passed = requests.filter(({ decision }) => decision === 'allowed').map(named);
  assert.deepEqual(
    seen.filter((line) => line.includes(SMUGGLED_PATH)),
    [],
  );
  // What was refused in its midst may have been seen before.
  assert.deepEqual(without(seen, requests.map(named)), []);
  assert.deepEqual(without(passed, seen), []);
  t.diagnostic(`${seen.length} requests seen, ${passed.length} passed of ${requests.length}`);
  assert.ok(passed.length > shapes.length / 20, 'hardly anything passed');
}

function named({ method, path }: LogLine): string {
  return `${String(method)} ${String(path)}`;
}

/** What the first list has more often than the second. */
function without(list: readonly string[], taken: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const each of taken) counts.set(each, (counts.get(each) ?? 0) + 1);
  return list.filter((each) => {
    const left = (counts.get(each) ?? 0) - 1;
    counts.set(each, left);
    return left < 0;
  });
}

async function send(t: TestContext, gateway: GatewayFixture, shape: string): Promise<void> {
  const { socket, received, closed } = await connect(t, gateway);
  // The gateway waits a second for a client to read its last words; this one has read them.
  socket.once('end', () => socket.destroy());
  socket.write(`${shape}${NEXT}`, 'latin1');
  await closed();
  const answers = received();
  assert.doesNotMatch(answers, /\/at\/(?:smuggled|victim)/, JSON.stringify(shape));
}

/** T53: over HTTP/2, with a request behind each that is like others. */
async function sendFrames(t: TestContext, gateway: GatewayFixture): Promise<void> {
  for (const frames of ODD_FRAMES) {
    const client = await connectFrames(gateway);
    t.after(() => client.socket.destroy());
    client.send(...frames);
    await client.frame(endsStream(1));
    client.send(headers(3, request([], { path: '/next' })));
    await client.frame(endsStream(3));
    client.socket.destroy();
  }
}

function endsStream(id: number): (frame: Frame) => boolean {
  return ({ type, flags, streamId }) =>
    streamId === id && (type === FRAME.rstStream || (flags & FLAG.endStream) !== 0);
}

/** Somebody else, whose answer must be their own. */
async function beVictim(gateway: GatewayFixture, index: number): Promise<void> {
  await ask(gateway, `/victim/${index}`, 'POST');
  await ask(gateway, `/victim/${index}/again`, 'GET');
}

async function ask(gateway: GatewayFixture, path: string, method: string): Promise<void> {
  const { port, ca } = gateway;
  const body = method === 'POST' ? { body: 'a=b' } : {};
  const answer = await httpsRequest({ port, ca, path, method, ...body });
  const { location = '' } = answer.headers;
  assert.equal(answer.status, 302);
  assert.ok(location.endsWith(`/at${path}`), location);
}

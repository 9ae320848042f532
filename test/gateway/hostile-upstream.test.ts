import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { createGzip } from 'node:zlib';

import { json, startBeforeUpstream } from './before-upstream.ts';
import type { Respond } from './before-upstream.ts';

const TOKEN = '/oauth2/token';
const INTROSPECTION = '/oauth2/introspect';
const METADATA = '/.well-known/oauth-authorization-server';

/** Far more than the bound of an answer and all buffers on the way, far less than no bound. */
const MOST_TAKEN_BYTES = 16_777_216;

test('T38: a server that falls silent, before its answer or within it, says nothing of a token', async (t) => {
  let respond: Respond = json('{"active":true}');
  const { gateway, fetchToken, introspect } = await startBeforeUpstream(t, {
    keys: 'response_timeout: 2s, body_idle_timeout: 2s',
    answers: { [INTROSPECTION]: (response, request) => respond(response, request) },
  });
  await fetchToken();
  for (respond of [
    () => undefined,
    (response) => void response.write('{"active":true'),
    (response) => void response.write('{"active":true}'),
  ] as readonly Respond[]) {
    const known = gateway.log().length;
    const answer = await introspect('tok');
    assert.deepEqual([answer.status, answer.json()['active']], [504, undefined]);
    await gateway.logged((line) => line['reason'] === 'upstream_timeout', known);
  }
  respond = json('{"active":true}');
  const { cnf } = (await introspect('tok')).json();
  assert.deepEqual(cnf, { 'x5t#S256': gateway.client.thumbprint }, 'and it recovers');
});

test('T40: an answer that never ends is 502 as soon as it is too large, and not read on', async (t) => {
  const taken: Promise<number>[] = [];
  const start = (response: ServerResponse, coding?: string): void => {
    response.writeHead(200, {
      'content-type': 'application/json',
      ...(coding === undefined ? {} : { 'content-encoding': coding }),
    });
    taken.push(writeOn(response, coding !== undefined));
  };
  let coding: string | undefined;
  const endless: Respond = (response) => start(response, coding);
  const { fetchToken, introspect, get, gateway } = await startBeforeUpstream(t, {
    answers: { [TOKEN]: endless, [INTROSPECTION]: endless, [METADATA]: endless },
  });
  for (coding of [undefined, 'gzip']) {
    for (const ask of [fetchToken, () => introspect('tok'), () => get(METADATA)]) {
      assert.equal((await ask()).status, 502);
      await gateway.logged(({ reason }) => reason === 'upstream_answer_invalid');
    }
  }
  assert.equal(taken.length, 6);
  for (const bytes of await Promise.all(taken)) assert.ok(bytes < MOST_TAKEN_BYTES, `${bytes}`);
});

/** Writes as long as anybody reads. Returns how many octets went out. */
async function writeOn(response: ServerResponse, isCoded: boolean): Promise<number> {
  // The gateway hangs up in the middle of it.
  response.on('error', () => undefined);
  const closed = once(response, 'close').then(
    () => true,
    () => true,
  );
  const gzip = createGzip({ level: 0 });
  const chunk = Buffer.alloc(65_536, ' ');
  const target = isCoded ? gzip : response;
  if (isCoded) gzip.pipe(response);
  let bytes = 0;
  for (let isClosed = false; !isClosed;) {
    bytes += chunk.length;
    const isTaken = target.write(chunk);
    // oxlint-disable-next-line no-await-in-loop -- a stream is written piece by piece
    isClosed = isTaken
      ? response.destroyed
      : await Promise.race([closed, once(target, 'drain').then(() => false)]);
  }
  gzip.destroy();
  return bytes;
}

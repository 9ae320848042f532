import assert from 'node:assert/strict';
import { test } from 'node:test';

import { httpsRequest } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { EMBEDDED, startGateway } from '../support/running-gateway.ts';

test('F28: a process without memory sheds work, says so, and its health is told on', async (t) => {
  const gateway = await startGateway({
    // Any process uses more than that.
    yaml: `${EMBEDDED}
overload: {memory_limit: 1000}`,
  });
  t.after(() => gateway.close());
  const { port, ca, managementPort } = gateway;
  await gateway.logged(({ msg }) => String(msg).startsWith('overloaded'));
  let answer: ClientAnswer | undefined;
  while (answer?.status !== 503) {
    // Connections are shed as well.
    answer = await httpsRequest({ port, ca, path: '/oauth2/jwks' }).catch(() => undefined);
  }
  assert.equal(answer.headers['retry-after'], '1');
  assert.equal(answer.json()['error'], 'temporarily_unavailable');
  await gateway.logged(({ reason }) => reason === 'overloaded');
  const metrics = await gateway.metrics();
  assert.match(metrics, /^certbound_refusals_total\{reason="overloaded"\} [1-9]/m);
  assert.match(metrics, /^certbound_overload_shedding_ratio 0\.[1-9]/m);
  for (const path of ['livez', 'readyz']) {
    assert.equal((await fetch(`http://127.0.0.1:${managementPort}/${path}`)).status, 200, path);
  }
});

test('requests in hand are bounded over all connections', async (t) => {
  const held = Promise.withResolvers<void>();
  const upstream = await startRecordingUpstream((_, response) => {
    void held.promise.then(() => response.end('{}'));
    arrived.resolve();
  });
  const arrived = Promise.withResolvers<void>();
  t.after(() => upstream.close());
  const gateway = await startGateway({
    yaml: `
token_service:
  upstream:
    url: ${upstream.url}
    kind: native
    certificate_headers: [{format: rfc9440}]
overload: {max_requests: 1}`,
  });
  t.after(() => gateway.close());
  const { port, ca } = gateway;
  const first = httpsRequest({ port, ca, path: '/' });
  await arrived.promise;
  assert.match(await gateway.metrics(), /^certbound_requests_in_hand 1$/m);
  assert.equal((await httpsRequest({ port, ca, path: '/' })).status, 503);
  held.resolve();
  assert.equal((await first).status, 200);
  // The first one is over when its log line is there.
  await gateway.logged(({ msg, status }) => msg === 'request' && status === 200);
  assert.equal((await httpsRequest({ port, ca, path: '/' })).status, 200);
});

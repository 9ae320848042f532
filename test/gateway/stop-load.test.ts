/** A gateway that stops while clients never stop asking. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { EMBEDDED, startGateway, TEST_CLIENTS } from '../support/running-gateway.ts';
import { httpsRequest } from '../support/https-client.ts';
import { stopUnderLoad } from '../support/stop-under-load.ts';

test('F16: a stop under load loses no request that reached the gateway before it said so', async () => {
  assert.ok((await stopUnderLoad(50)).answered >= 50);
});

test('F16: readiness is off before the last answer, which still arrives', async (t) => {
  const arrived = Promise.withResolvers<void>();
  const mayAnswer = Promise.withResolvers<void>();
  const upstream = await startRecordingUpstream((_, response) => {
    arrived.resolve();
    void mayAnswer.promise.then(() => response.end('last'));
  });
  t.after(upstream.close);
  const gateway = await startGateway({
    yaml: `token_service: {upstream: {url: '${upstream.url}', kind: native}}${TEST_CLIENTS}`,
  });
  t.after(gateway.close);
  const { port, ca, managementPort } = gateway;
  const ready = async () => (await fetch(`http://127.0.0.1:${managementPort}/readyz`)).status;
  const answer = httpsRequest({ port, ca, path: '/slow' });
  await arrived.promise;
  assert.equal(await ready(), 200);
  const stopped = gateway.running.stop();
  assert.equal(await ready(), 503);
  await assert.rejects(httpsRequest({ port, ca, path: '/new' }), { code: 'ECONNREFUSED' });
  mayAnswer.resolve();
  assert.equal((await answer).text, 'last');
  await stopped;
});

test('F16: within the notice period readiness is off and new clients are still served', async (t) => {
  const gateway = await startGateway({ yaml: `${EMBEDDED}shutdown: {notice_period: 3s}` });
  t.after(gateway.close);
  const { port, ca, managementPort } = gateway;
  const stopped = gateway.running.stop();
  const { status } = await fetch(`http://127.0.0.1:${managementPort}/readyz`);
  const answer = await httpsRequest({ port, ca, path: '/oauth2/jwks' });
  assert.deepEqual([status, answer.status], [503, 200]);
  await stopped;
  await assert.rejects(httpsRequest({ port, ca, path: '/oauth2/jwks' }), { code: 'ECONNREFUSED' });
});

/** What a request waits for that is fetched for all of them, in its trace. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

import { startDocumentServer } from '../fetch/document-server.ts';
import { createAuthority, HOUR_MS } from '../support/pki.ts';
import { pointsAt } from '../support/revocation-addresses.ts';
import { mintCrl } from '../support/revocation-list.ts';
import { outcomeOf, pkiClient, startWithClients } from './client-attempt.ts';

/** Longer than the least that counts as a wait. */
const DELAY_MS = 20;

test('a request that waits for a revocation list says so in its trace, and the server is told of none', async (t) => {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  trace.setGlobalTracerProvider(provider);
  t.after(() => trace.disable());
  const authority = await createAuthority({ name: 'Asked CA' });
  const list = mintCrl(authority, { nextUpdate: Date.now() + 24 * HOUR_MS });
  const { port, requests } = await startDocumentServer(t, (_, response) => {
    setTimeout(() => response.end(list), DELAY_MS);
  });
  const extensions = [pointsAt(`http://127.0.0.1:${port}/list`)];
  const identity = await authority.issue({ eku: ['clientAuth'], extensions });
  const gateway = await startWithClients(t, {
    clients: {
      hard: pkiClient({ tls_client_auth_subject_dn: 'CN=client,O=Test', revocation: 'hard' }),
    },
    files: { 'asked.pem': authority.certificatePem },
    clientCa: 'asked.pem',
    more: 'revocation: {crl_distribution_points: true, allow_private_addresses: true}\ntracing: {mode: restart}',
  });
  for (let count = 0; count < 2; count += 1) {
    assert.equal(await outcomeOf(gateway, 'hard', identity), 'bound');
  }
  const spans = exporter.getFinishedSpans();
  const waits = spans.filter(({ name }) => name === 'wait revocation');
  const servers = spans.filter(({ name }) => name === 'POST token');
  assert.equal(servers.length, 2);
  // The second request found the list at hand.
  assert.equal(waits.length, 1);
  const [wait] = waits;
  assert.equal(wait?.parentSpanContext?.spanId, servers[0]?.spanContext().spanId);
  assert.ok((wait?.duration[1] ?? 0) > 0);
  assert.equal(requests.length, 1);
  assert.equal(requests[0]?.headers['traceparent'], undefined);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { REASONS } from '../../src/errors.ts';
import { basic, httpsRequest, postForm } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { sample } from '../telemetry/records.ts';

const CLIENTS = `
clients:
  - client_id: self-signed
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    upstream: {client_secret: held}
  - client_id: pki
    token_endpoint_auth_method: tls_client_auth
    tls_client_auth_subject_dn: CN=pki-client,O=Test
    upstream: {client_secret: held}
  - client_id: both
    token_endpoint_auth_method: certificate_and_secret
    certificates: [client.pem]
    client_secret: the-secret
    upstream: {client_secret: held}
`;

async function started(t: TestContext): Promise<GatewayFixture> {
  const upstream = await startRecordingUpstream();
  t.after(() => upstream.close());
  const gateway = await startGateway({
    yaml: `
token_service: {upstream: {url: '${upstream.url}'}}
protected_paths: [{path: /api/*}]
${CLIENTS}`,
  });
  t.after(() => gateway.close());
  return gateway;
}

async function reasonOf(gateway: GatewayFixture, answer: ClientAnswer): Promise<string> {
  const id = answer.headers['x-request-id'];
  return String((await gateway.logged((line) => line['request_id'] === id))['reason']);
}

test('T75: whoever fails to be a client is told the same, whatever it was', async (t) => {
  const gateway = await started(t);
  const { port, ca, client, pkiClient, stranger } = gateway;
  const attempts: readonly (readonly [
    reason: string,
    id: string,
    by: typeof client,
    secret?: string,
  ])[] = [
    ['client_unknown', 'nobody', stranger],
    ['client_unknown', 'nobody', client],
    ['certificate_not_registered', 'self-signed', stranger],
    ['certificate_not_registered', 'self-signed', pkiClient],
    ['certificate_untrusted', 'pki', stranger],
    ['client_unknown', 'nobody', client, 'the-secret'],
    ['client_secret_mismatch', 'both', client, 'another-secret'],
    ['certificate_not_registered', 'both', stranger, 'the-secret'],
    ['client_method_mismatch', 'self-signed', client, 'the-secret'],
  ];
  const seen = new Map<string, Set<string>>();
  for (const [reason, id, by, secret] of attempts) {
    const headers = secret === undefined ? [] : [basic(id, secret)];
    const form = {
      grant_type: 'client_credentials',
      ...(secret === undefined && { client_id: id }),
    };
    const answer = await postForm({ port, ca, path: '/oauth2/token', headers, form, ...by });
    assert.equal(await reasonOf(gateway, answer), reason);
    const { 'x-request-id': _, date: __, ...fields } = answer.headers;
    // Whether `WWW-Authenticate` is there depends on how the client tried (RFC 6749 section 5.2).
    const way = secret === undefined ? 'certificate' : 'secret';
    const told = JSON.stringify([answer.status, answer.text, fields]);
    seen.set(way, (seen.get(way) ?? new Set()).add(told));
  }
  for (const [way, told] of seen) assert.equal(told.size, 1, `${way}: ${[...told].join('\n')}`);
});

test('T75: every refusal has one reason of the list, in the log and in its metric', async (t) => {
  const gateway = await started(t);
  const { port, ca, client } = gateway;
  const path = '/oauth2/token';
  const form = { grant_type: 'client_credentials', client_id: 'self-signed' };
  const refused: readonly (() => Promise<ClientAnswer>)[] = [
    () => postForm({ port, ca, path, form }),
    () => postForm({ port, ca, path, form: 'client_id=a&client_id=b' }),
    () => postForm({ port, ca, path, form: '%' }),
    () => postForm({ port, ca, path, form: {} }),
    () => postForm({ port, ca, path: `${path}?client_secret=x`, form, ...client }),
    () => postForm({ port, ca, path, form: { ...form, client_id: 'nobody' }, ...client }),
    () => postForm({ port, ca, path, form, headers: [basic('both', 'x')], ...client }),
    () => httpsRequest({ port, ca, path, method: 'POST', body: '{}', ...client }),
    () => httpsRequest({ port, ca, path, ...client }),
    () => httpsRequest({ port, ca, path: '/api/x' }),
    () =>
      httpsRequest({
        port,
        ca,
        path: '/api/x',
        headers: [['authorization', 'Bearer x']],
        ...client,
      }),
    () => httpsRequest({ port, ca, path: '/a', method: 'TRACE' }),
    // The server answers what is no token answer.
    () => postForm({ port, ca, path, form, ...client }),
  ];
  for (const ask of refused) {
    const before = await gateway.metrics();
    const answer = await ask();
    assert.ok(answer.status >= 400, answer.text);
    const reason = await reasonOf(gateway, answer);
    assert.ok((REASONS as readonly string[]).includes(reason), reason);
    const after = await gateway.metrics();
    for (const each of REASONS) {
      const series = `certbound_refusals_total{reason="${each}"}`;
      const grown = (sample(after, series) ?? 0) - (sample(before, series) ?? 0);
      assert.equal(grown, each === reason ? 1 : 0, `${each} for ${reason}`);
    }
    // What the client is told names no reason.
    assert.ok(!answer.text.includes(reason), answer.text);
  }
});

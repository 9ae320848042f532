import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { FetchError } from '../../src/errors.ts';
import { createFetcher } from '../../src/fetch/fetcher.ts';
import type { FetchAnswer, Fetcher, FetcherOptions } from '../../src/fetch/fetcher.ts';
import { createAuthority } from '../support/pki.ts';
import { startDocumentServer } from './document-server.ts';

const authority = await createAuthority();
const identity = await authority.issue({
  subject: 'CN=documents,O=Test',
  eku: ['serverAuth'],
  san: { dns: ['localhost'] },
});

function fetcherFor(t: TestContext, options: Partial<FetcherOptions> = {}): Fetcher {
  const fetcher = createFetcher({
    maxBytes: 1_000,
    timeoutMs: 20_000,
    allowPrivateAddresses: true,
    caPems: [authority.certificatePem],
    ...options,
  });
  t.after(() => fetcher.close());
  return fetcher;
}

function bodyOf(answer: FetchAnswer): string {
  assert.equal(answer.kind, 'document');
  return Buffer.from(answer.body).toString('latin1');
}

async function refusalOf(attempt: Promise<unknown>, reason: string): Promise<FetchError> {
  try {
    await attempt;
  } catch (error) {
    assert.ok(error instanceof FetchError, String(error));
    assert.equal(error.reason, reason, error.message);
    return error;
  }
  return assert.fail('was fetched');
}

test('fetches a document over TLS whose server the given CA vouches for', async (t) => {
  const server = await startDocumentServer(
    t,
    (request, response) => {
      response.writeHead(200, { etag: '"1"', 'last-modified': 'Sat, 21 Nov 2026 00:00:00 GMT' });
      response.end(`${request.method} ${request.url}`);
    },
    { identity, host: 'localhost' },
  );
  const answer = await fetcherFor(t).fetch({ url: `https://localhost:${server.port}/a?b=c#d` });
  assert.equal(bodyOf(answer), 'GET /a?b=c');
  assert.ok(answer.kind === 'document');
  assert.equal(answer.etag, '"1"');
  assert.equal(answer.lastModified, 'Sat, 21 Nov 2026 00:00:00 GMT');
  const [request] = server.requests;
  assert.equal(request?.headers['accept-encoding'], 'identity');
});

test('refuses a server that the given CA does not vouch for, or under another name', async (t) => {
  const respond = (_: unknown, response: { end(text: string): void }): void => response.end('no');
  const options = { identity, host: 'localhost' };
  const server = await startDocumentServer(t, respond, options);
  const url = `https://localhost:${server.port}/`;
  const other = await createAuthority({ name: 'Other CA' });
  const stranger = fetcherFor(t, { caPems: [other.certificatePem] });
  await refusalOf(stranger.fetch({ url }), 'fetch_failed');
  await refusalOf(fetcherFor(t, { caPems: [] }).fetch({ url }), 'fetch_failed');

  const byAddress = await startDocumentServer(t, respond, { identity });
  await refusalOf(
    fetcherFor(t).fetch({ url: `https://127.0.0.1:${byAddress.port}/` }),
    'fetch_failed',
  );
  assert.deepEqual([server.requests.length, byAddress.requests.length], [0, 0]);
});

test('refuses plain HTTP unless the caller asks for it', async (t) => {
  const server = await startDocumentServer(t, (_, response) => response.end('plain'));
  const url = `http://127.0.0.1:${server.port}/`;
  await refusalOf(fetcherFor(t).fetch({ url }), 'fetch_refused');
  assert.equal(server.connections(), 0);
  assert.equal(bodyOf(await fetcherFor(t).fetch({ url, allowHttp: true })), 'plain');
});

test('refuses other schemes, credentials and what is no URL', async (t) => {
  const fetcher = fetcherFor(t);
  for (const url of [
    'ldap://localhost/cn=crl',
    'file:///etc/passwd',
    'ftp://localhost/',
    'data:text/plain,x',
    'https://user:password@localhost/',
    'https://',
    '/path',
    '',
    `https://localhost/${'a'.repeat(3_000)}`,
  ]) {
    await refusalOf(fetcher.fetch({ url, allowHttp: true }), 'fetch_refused');
  }
});

test('connects to no private address that it was not allowed, by name or by number', async (t) => {
  const server = await startDocumentServer(t, (_, response) => response.end('secret'), {
    host: 'localhost',
  });
  const fetcher = fetcherFor(t, { allowPrivateAddresses: false });
  for (const host of [
    'localhost',
    'LOCALHOST',
    '127.0.0.1',
    '127.1',
    '0x7f000001',
    '2130706433',
    '0177.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:0:0:1]',
    '０.0.0.0',
  ]) {
    const url = `http://${host}:${server.port}/`;
    await refusalOf(fetcher.fetch({ url, allowHttp: true }), 'fetch_refused');
  }
  assert.equal(server.connections(), 0);
});

test('connects to no link-local address even where private ones are allowed', async (t) => {
  const fetcher = fetcherFor(t);
  for (const host of ['169.254.169.254', '[fe80::1]', '[fd00:ec2::254]', '100.100.100.200']) {
    await refusalOf(fetcher.fetch({ url: `https://${host}/latest/meta-data` }), 'fetch_refused');
  }
});

test('sends a body as POST with its type', async (t) => {
  const server = await startDocumentServer(t, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => response.end(`${request.method} ${Buffer.concat(chunks).toString()}`));
  });
  const answer = await fetcherFor(t).fetch({
    url: `http://127.0.0.1:${server.port}/`,
    allowHttp: true,
    body: Buffer.from('question'),
    contentType: 'application/ocsp-request',
    accept: 'application/ocsp-response',
  });
  assert.equal(bodyOf(answer), 'POST question');
  const [request] = server.requests;
  assert.equal(request?.headers['content-type'], 'application/ocsp-request');
  assert.equal(request?.headers.accept, 'application/ocsp-response');
});

test('takes "not modified" as an answer only to a conditional request', async (t) => {
  const server = await startDocumentServer(t, (_, response) => response.writeHead(304).end());
  const url = `http://127.0.0.1:${server.port}/`;
  const fetcher = fetcherFor(t);
  assert.deepEqual(await fetcher.fetch({ url, allowHttp: true, etag: '"1"' }), {
    kind: 'unchanged',
  });
  assert.equal(server.requests[0]?.headers['if-none-match'], '"1"');
  await refusalOf(fetcher.fetch({ url, allowHttp: true }), 'fetch_answer_invalid');
});

test('follows no redirection and takes no error page for a document', async (t) => {
  const server = await startDocumentServer(t, (request, response) => {
    const status = Number(request.url?.slice(1));
    response.writeHead(status, { location: '/200' }).end('page');
  });
  for (const status of [201, 204, 301, 302, 307, 308, 404, 500, 503]) {
    const url = `http://127.0.0.1:${server.port}/${status}`;
    await refusalOf(fetcherFor(t).fetch({ url, allowHttp: true }), 'fetch_answer_invalid');
  }
  assert.equal(server.requests.length, 9);
});

test('refuses a compressed document', async (t) => {
  const server = await startDocumentServer(t, (_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end('x');
  });
  const url = `http://127.0.0.1:${server.port}/`;
  await refusalOf(fetcherFor(t).fetch({ url, allowHttp: true }), 'fetch_answer_invalid');
});

test('refuses a document beyond the limit, announced or not, and takes one that fits', async (t) => {
  let open = 0;
  const server = await startDocumentServer(t, (request, response) => {
    const length = Number(request.url?.slice(2));
    if (request.url?.startsWith('/a') === true) response.setHeader('content-length', length);
    open += 1;
    response.on('close', () => (open -= 1));
    for (let sent = 0; sent < length; sent += 1) response.write('x');
    response.end();
  });
  const fetcher = fetcherFor(t);
  for (const kind of ['a', 'c']) {
    const url = (length: number): string => `http://127.0.0.1:${server.port}/${kind}${length}`;
    const fits = await fetcher.fetch({ url: url(1_000), allowHttp: true });
    assert.equal(bodyOf(fits), 'x'.repeat(1_000));
    await refusalOf(fetcher.fetch({ url: url(1_001), allowHttp: true }), 'fetch_too_large');
    const less = fetcher.fetch({ url: url(1_000), allowHttp: true, maxBytes: 999 });
    await refusalOf(less, 'fetch_too_large');
    const more = fetcher.fetch({ url: url(1_001), allowHttp: true, maxBytes: 2_000 });
    await refusalOf(more, 'fetch_too_large');
  }
  const large = fetcherFor(t, { maxBytes: 300_000 });
  const answer = await large.fetch({
    url: `http://127.0.0.1:${server.port}/c200000`,
    allowHttp: true,
  });
  assert.equal(bodyOf(answer).length, 200_000);
});

test('takes no document that was cut short', async (t) => {
  const server = await startDocumentServer(t, (request, response) => {
    if (request.url === '/length') response.setHeader('content-length', 10);
    response.write('short');
    response.socket?.end();
  });
  for (const path of ['length', 'chunked']) {
    const url = `http://127.0.0.1:${server.port}/${path}`;
    await refusalOf(fetcherFor(t).fetch({ url, allowHttp: true }), 'fetch_failed');
  }
});

test('gives up after its time on a server that accepts, stalls or drips', async (t) => {
  const silent = createServer();
  t.after(() => silent.close());
  await new Promise<void>((resolve) => {
    silent.listen(0, '127.0.0.1', resolve);
  });
  silent.on('connection', (socket) => {
    socket.on('error', () => undefined);
    t.after(() => socket.destroy());
  });
  const { port } = silent.address() as AddressInfo;
  const dripping = await startDocumentServer(t, (_, response) => {
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(timer));
  });
  const fetcher = fetcherFor(t, { timeoutMs: 150 });
  for (const url of [
    `http://127.0.0.1:${port}/`,
    `https://127.0.0.1:${port}/`,
    `http://127.0.0.1:${dripping.port}/`,
  ]) {
    await refusalOf(fetcher.fetch({ url, allowHttp: true }), 'fetch_timeout');
  }
});

test('gives up when the caller does, before or during the fetch', async (t) => {
  const fetcher = fetcherFor(t);
  const caller = new AbortController();
  const server = await startDocumentServer(t, () => caller.abort());
  const request = { url: `http://127.0.0.1:${server.port}/`, allowHttp: true };
  await refusalOf(fetcher.fetch({ ...request, signal: caller.signal }), 'fetch_failed');
  await refusalOf(fetcher.fetch({ ...request, signal: caller.signal }), 'fetch_failed');
  assert.equal(server.requests.length, 1);
});

test('bounds the fetches under way and refuses all after it was closed', async (t) => {
  const fetcher = fetcherFor(t, { maxConcurrent: 2 });
  const arrived = Promise.withResolvers<void>();
  const server = await startDocumentServer(t, () => {
    if (server.requests.length === 2) arrived.resolve();
  });
  const request = { url: `http://127.0.0.1:${server.port}/`, allowHttp: true };
  const waiting = [fetcher.fetch(request), fetcher.fetch(request)].map((attempt) =>
    refusalOf(attempt, 'fetch_failed'),
  );
  await arrived.promise;
  assert.match((await refusalOf(fetcher.fetch(request), 'fetch_failed')).message, /under way/);
  fetcher.close();
  await Promise.all(waiting);
  assert.match((await refusalOf(fetcher.fetch(request), 'fetch_failed')).message, /closed/);
});

test('reports what can not be reached, without the query of the address', async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  const fetcher = fetcherFor(t);
  const url = `https://127.0.0.1:${port}/jwks?key=hidden`;
  const error = await refusalOf(fetcher.fetch({ url }), 'fetch_failed');
  assert.match(error.message, /127\.0\.0\.1:\d+\/jwks: .*ECONNREFUSED/);
  assert.doesNotMatch(error.message, /hidden/);
});

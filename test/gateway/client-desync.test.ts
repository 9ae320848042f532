import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import {
  ODD_CHUNKS,
  ODD_EXPECTATIONS,
  ODD_FRAMING,
  ODD_HOSTS,
  ODD_TARGETS,
} from './desync-shapes.ts';
import { connect, parseAnswer } from '../listener/running-listener.ts';
import type { Client } from '../listener/running-listener.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import type { RecordingUpstream, Respond } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

interface Fixture {
  readonly gateway: GatewayFixture;
  readonly upstream: RecordingUpstream;
  /** A raw connection with the registered certificate. */
  open(): Promise<Client>;
  /** Sends bytes on a connection of its own; resolves to all that came until it was closed. */
  send(bytes: string): Promise<string>;
}

async function start(
  t: TestContext,
  { respond, mode = 'want' }: { respond?: Respond; mode?: string } = {},
): Promise<Fixture> {
  const upstream = await startRecordingUpstream(respond);
  t.after(() => upstream.close());
  const gateway = await startGateway({
    listener: `    client_certificate: ${mode}`,
    yaml: `
token_service:
  upstream: {url: '${upstream.url}', kind: native, certificate_headers: [{format: rfc9440}]}
`,
  });
  t.after(() => gateway.close());
  const { certificatePem: cert, privateKeyPem: key } = gateway.client;
  const open = () => connect(t, gateway, mode === 'require' ? {} : { cert, key });
  return {
    gateway,
    upstream,
    open,
    send: async (bytes) => {
      const client = await open();
      client.socket.write(bytes, 'latin1');
      return client.closed();
    },
  };
}

/** What the upstream answers by itself, and nothing else has at its end. */
const END = String.raw`\{\}`;

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

/** Each is refused with one answer, its connection closed, and the upstream told of nothing. */
async function allRefused(
  { upstream, send }: Fixture,
  requests: readonly string[],
  statuses: readonly number[],
): Promise<void> {
  await Promise.all(
    requests.map(async (request) => {
      const text = await send(`${request}${SMUGGLED}`);
      const shown = JSON.stringify(request.slice(0, 120));
      assert.ok(statuses.includes(parseAnswer(text).status), `${shown}: ${text.slice(0, 20)}`);
      assert.match(text, /^connection: close$/im, shown);
      assert.equal(text.match(/HTTP\/1\.1 /g)?.length, 1, shown);
    }),
  );
  assert.equal(upstream.requests.length, 0);
}

test('T50: two hosts, a list of hosts and a host with userinfo are refused', async (t) => {
  await allRefused(await start(t), ODD_HOSTS, [400]);
});

test('T51: an absolute target that names anything but the host is refused', async (t) => {
  await allRefused(await start(t), ODD_TARGETS, [400, 421]);
});

test('T52: framing that servers read differently is refused', async (t) => {
  await allRefused(await start(t), ODD_FRAMING, [400, 413, 505]);
});

test('T52: a chunked body that is not one ends with a refusal, and nothing follows', async (t) => {
  const { upstream, send, gateway } = await start(t);
  await Promise.all(
    ['/x', '/oauth2/token'].flatMap((path) =>
      ODD_CHUNKS.map(async (body) => {
        const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n`;
        const text = await send(`${head}${body}${SMUGGLED}`);
        const shown = JSON.stringify(body.slice(0, 20));
        assert.ok([400, 413].includes(parseAnswer(text).status), `${shown}: ${text.slice(0, 20)}`);
        assert.equal(text.match(/HTTP\/1\.1 /g)?.length, 1, shown);
      }),
    ),
  );
  // A request that was on its way when its body broke has no end there, and counts as none.
  assert.equal(upstream.requests.length, 0);
  assert.ok(!gateway.log().some(({ path }) => path === '/smuggled'));
});

test('T56: an expectation without a body gets one answer and no 100', async (t) => {
  const { upstream, send } = await start(t);
  for (const length of ['', 'Content-Length: 0\r\n']) {
    const text = await send(
      `GET /a HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n${length}Connection: close\r\n\r\n`,
    );
    assert.deepEqual(text.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200']);
  }
  assert.deepEqual(
    upstream.requests.map(({ url, headers }) => [url, headers.expect]),
    [
      ['/a', undefined],
      ['/a', undefined],
    ],
  );
});

test('T56: an expectation that nobody can meet is 417, and what follows is not read', async (t) => {
  await allRefused(await start(t), ODD_EXPECTATIONS, [417]);
});

test('T56: a body behind an early refusal is no request, whether it is waited for or not', async (t) => {
  const { upstream, open } = await start(t, { mode: 'require' });
  for (const [expectation, rest] of [
    ['', 0],
    ['', 60_000],
    ['', 10_000_000],
    ['Expect: 100-continue\r\n', 0],
    ['Expect: 100-continue\r\n', 60_000],
  ] as const) {
    const client = await open();
    const length = SMUGGLED.length + rest;
    client.socket.write(
      `POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n${expectation}\r\n${SMUGGLED}`,
    );
    client.socket.write('x'.repeat(Math.min(rest, 60_000)));
    const text = await client.closed();
    assert.deepEqual(text.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 401'], `${expectation}${rest}`);
  }
  assert.equal(upstream.requests.length, 0);
});

test('T56: an upstream that answers before it has the body leaves nothing for the next request', async (t) => {
  const { gateway, upstream, open } = await start(t, {
    respond: ({ url }, response) => {
      response.writeHead(url === '/early' ? 401 : 200);
      response.end(url);
    },
  });
  const size = 300_000;
  for (let round = 0; round < 3; round += 1) {
    const client = await open();
    client.socket.write(
      `POST /early HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: ${size}\r\n\r\n`,
    );
    await client.receive(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
    client.socket.write('x'.repeat(size));
    await client.receive(/HTTP\/1\.1 401 [^]*\/early/);
    const next = await open();
    next.socket.write('GET /next HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    assert.match(await next.closed(), /^HTTP\/1\.1 200 [^]*\/next/);
  }
  assert.deepEqual(
    upstream.requests.map(({ url, body }) => [url, body.length]),
    [
      ['/early', size],
      ['/next', 0],
      ['/early', size],
      ['/next', 0],
      ['/early', size],
      ['/next', 0],
    ],
  );
  assert.ok(!gateway.log().some(({ decision }) => decision === 'failed'));
});

test('T03: names with spaces or other characters are refused, aliases never arrive', async (t) => {
  const fixture = await start(t);
  const refused = [
    'Client-Cert ',
    'Client-Cert\t',
    ' Client-Cert',
    'Client Cert',
    'Client-Cert\x0b',
  ];
  await allRefused(
    fixture,
    refused.map((name) => `GET / HTTP/1.1\r\nHost: localhost\r\n${name}: forged\r\n\r\n`),
    [400],
  );
  const aliases = [
    'client_cert',
    'CLIENT_CERT',
    'client.cert',
    'Client_Cert_Chain',
    'x_client.cert',
  ];
  const client = await fixture.open();
  for (const [index, name] of aliases.entries()) {
    client.socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\n${name}: forged\r\n\r\n`);
    await client.receive(new RegExp(`^(?:[^]*?${END}){${index + 1}}$`));
  }
  const expected = `:${Buffer.from(fixture.gateway.client.certificate).toString('base64')}:`;
  for (const { rawHeaders } of fixture.upstream.requests) {
    const mapped = rawHeaders.filter(
      (_, at) => at % 2 === 1 && /^client[-_.]cert/i.test(rawHeaders[at - 1] ?? ''),
    );
    assert.deepEqual(mapped, [expected]);
  }
  assert.equal(fixture.upstream.requests.length, aliases.length);
});

test('T04: in 500 ways of naming our header in Connection it arrives once', async (t) => {
  const { gateway, upstream, open } = await start(t);
  const client = await open();
  const names = ['client-cert', 'Client-Cert', 'CLIENT-CERT', 'cLiEnT-cErT', '\tclient-cert\t'];
  const fields = ['Connection', 'connection', 'CONNECTION', 'Keep-Alive', 'Proxy-Connection'];
  const places = ['%', '%, keep-alive', 'keep-alive,%', 'x, %, y', ',,%,,'];
  const forged = [
    '',
    'Client-Cert: forged\r\n',
    'Client-Cert: a\r\nclient-cert: b\r\n',
    'Te: trailers\r\n',
  ];
  const ways = names.flatMap((name) =>
    fields.flatMap((field) =>
      places.flatMap((place) =>
        forged.map((extra) => `${extra}${field}: ${place.replace('%', name)}\r\n`),
      ),
    ),
  );
  assert.equal(ways.length, 500);
  const expected = `:${Buffer.from(gateway.client.certificate).toString('base64')}:`;
  for (const [index, lines] of ways.entries()) {
    client.socket.write(`GET /${index} HTTP/1.1\r\nHost: localhost\r\n${lines}\r\n`);
    const before = client.received().length;
    await client.receive(new RegExp(`^[^]{${before}}[^]+${END}$`));
    const request = upstream.requests.at(-1);
    assert.equal(request?.url, `/${index}`);
    const found = request.rawHeaders.filter(
      (_, at) => at % 2 === 1 && request.rawHeaders[at - 1]?.toLowerCase() === 'client-cert',
    );
    assert.deepEqual(found, [expected], lines);
  }
});

test('T58: a form that two parsers could read differently is refused at every endpoint', async (t) => {
  const { upstream, send } = await start(t);
  const urlencoded = 'application/x-www-form-urlencoded';
  const many = Array.from({ length: 10_001 }, (_, index) => `p${index}=`).join('&');
  const cases: readonly (readonly [query: string, type: string, body: string])[] = [
    ['', urlencoded, 'client_id=a&client_id=b&token=t'],
    ['', urlencoded, 'client_id=a&client%5fid=a&token=t'],
    ['', urlencoded, 'client_id=a&token=t&token=u'],
    ['', urlencoded, 'client_id=a&token=t&Token=u'],
    ['', urlencoded, 'client_id=a&token=t&client.id=b'],
    ['?client_id=b', urlencoded, 'client_id=a&token=t'],
    ['?x=y', urlencoded, 'client_id=a&token=t'],
    ['', urlencoded, many.slice(0, 30_000)],
    ['', urlencoded, 'client_id=a&token=%'],
    ['', urlencoded, 'client_id=a&token=%ff'],
    ['', `${urlencoded}; charset=utf-16`, 'client_id=a&token=t'],
    ['', `${urlencoded}; charset=utf-8; charset=latin1`, 'client_id=a&token=t'],
    ['', `${urlencoded}\r\nContent-Type: ${urlencoded}`, 'client_id=a&token=t'],
    ['', 'multipart/form-data; boundary=x', '--x\r\n\r\n--x--'],
    ['', 'application/json', '{"client_id":"a","token":"t"}'],
  ];
  await Promise.all(
    ['/oauth2/token', '/oauth2/introspect', '/oauth2/revoke'].flatMap((path) =>
      cases.map(async ([query, type, body]) => {
        const text = await send(
          `POST ${path}${query} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
        );
        const answer = parseAnswer(text);
        const shown = `${path}${query} ${type} ${body.slice(0, 40)}`;
        assert.equal(answer.status, 400, `${shown}: ${text.slice(0, 20)}`);
        assert.match(answer.body, /"error":"invalid_request"/, shown);
      }),
    ),
  );
  assert.equal(upstream.requests.length, 0);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import { json, startBeforeUpstream } from './before-upstream.ts';
import type { Respond } from './before-upstream.ts';

const PATH = '/oauth2/introspect';

test('an answer in any coding and framing gets cnf and keeps every other byte', async (t) => {
  const source = '{ "active" : true,"big":9007199254740993, "permissions":[{"a":1.0}] }';
  let respond: Respond = json(source);
  const { gateway, fetchToken, introspect, upstream } = await startBeforeUpstream(t, {
    answers: { [PATH]: (response, request) => respond(response, request) },
  });
  await fetchToken();
  const cnf = `{"x5t#S256":"${gateway.client.thumbprint}"}`;
  const expected = source.replace(' }', ` ,"cnf":${cnf}}`);
  const encoded = brotliCompressSync(gzipSync(source));
  for (respond of [
    json(source),
    (response) => {
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-encoding': 'gzip, br',
      });
      for (const octet of encoded) response.write(Uint8Array.of(octet));
      response.end();
    },
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json', connection: 'close' });
      response.end(source);
    },
  ] as readonly Respond[]) {
    const answer = await introspect('tok', [['accept-encoding', 'br']]);
    assert.equal(answer.text, expected);
    assert.equal(answer.headers['content-encoding'], undefined);
    assert.equal(answer.headers['content-length'], String(expected.length));
    assert.equal(upstream.requests.at(-1)?.headers['accept-encoding'], 'identity');
  }
});

test('T40: codings that no server needs are 502, whoever sends them', async (t) => {
  const bomb = gzipSync(`{"active":true,"p":"${'x'.repeat(8_000_000)}"}`);
  let coding = '';
  const send: Respond = (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': coding });
    response.end(bomb);
  };
  const { fetchToken, introspect, gateway } = await startBeforeUpstream(t, {
    answers: { [PATH]: send },
  });
  await fetchToken();
  for (coding of ['gzip', 'gzip, gzip, gzip', 'sdch']) {
    assert.equal((await introspect('tok')).status, 502, coding);
    await gateway.logged(({ reason }) => reason === 'upstream_answer_invalid');
  }
});

test('a cnf without the member gets it, and keeps the key of DPoP', async (t) => {
  let cnf = '';
  const { gateway, fetchToken, introspect } = await startBeforeUpstream(t, {
    answers: { [PATH]: (response) => json(`{"active":true,"cnf":${cnf}}`)(response) },
  });
  await fetchToken();
  const { thumbprint } = gateway.client;
  for (const [given, expected] of [
    ['{"jkt":"k"}', `{"jkt":"k","x5t#S256":"${thumbprint}"}`],
    ['{ }', `{ "x5t#S256":"${thumbprint}"}`],
    // As the first generation of WSO2 Identity Server writes it.
    [`{"x5t#SHA256":"${thumbprint}"}`, `{"x5t#SHA256":"${thumbprint}","x5t#S256":"${thumbprint}"}`],
    [`{"x5t#S256":"${thumbprint}"}`, `{"x5t#S256":"${thumbprint}"}`],
  ] as const) {
    cnf = given;
    assert.equal((await introspect('tok')).text, `{"active":true,"cnf":${expected}}`);
  }
});

test('T35: a cnf that names another certificate, or none clearly, is 502', async (t) => {
  let source = '';
  const { gateway, fetchToken, introspect } = await startBeforeUpstream(t, {
    answers: { [PATH]: (response) => json(source)(response) },
  });
  await fetchToken();
  const { thumbprint } = gateway.client;
  for (const cnf of [
    '{"x5t#S256":"another"}',
    '{"x5t#SHA256":"another"}',
    `{"x5t#S256":"${thumbprint}","x5t#SHA256":"another"}`,
    `{"x5t#S256":"${thumbprint}="}`,
    `{"x5t#S256":["${thumbprint}"]}`,
    '{"x5t#S256":null}',
    '{"jkt":"a","jkt":"b"}',
    '[]',
    'null',
    '"x"',
  ]) {
    source = `{"active":true,"cnf":${cnf}}`;
    const answer = await introspect('tok');
    assert.equal(answer.status, 502, cnf);
    assert.equal(answer.json()['error'], 'server_error');
  }
  for (source of [
    `{"active":true,"cnf":{"x5t#S256":"${thumbprint}"},"cnf":{"x5t#S256":"${thumbprint}"}}`,
    '{"active":true,"\\u0061ctive":true}',
    '{"active":true,"client_id":"another"}',
    '<html>',
  ]) {
    assert.equal((await introspect('tok')).status, 502, source);
  }
  source = '{"__proto__":{"active":false},"active":true}';
  assert.ok(
    (await introspect('tok')).text.startsWith('{"__proto__":{"active":false},"active":true,'),
  );
  source = '{"active":false,"cnf":7,"active_since":1e400}';
  assert.equal((await introspect('tok')).text, source, 'an inactive answer is left alone');
});

test('T34: a thumbprint counts in the one notation of RFC 8705 alone', async (t) => {
  let value = '';
  const { gateway, fetchToken, introspect } = await startBeforeUpstream(t, {
    answers: {
      [PATH]: (response) => json(`{"active":true,"cnf":{"x5t#S256":"${value}"}}`)(response),
    },
  });
  await fetchToken();
  const { thumbprint } = gateway.client;
  const octets = Buffer.from(thumbprint, 'base64url');
  const hex = octets.toString('hex');
  for (value of [
    hex,
    hex.toUpperCase(),
    (hex.match(/../g) ?? []).join(':'),
    octets.toString('base64'),
    `${thumbprint}=`,
    thumbprint.slice(1),
    `A${thumbprint}`,
    ` ${thumbprint}`,
    Buffer.from(hex).toString('base64url'),
  ]) {
    assert.equal((await introspect('tok')).status, 502, value);
  }
  value = thumbprint;
  assert.equal((await introspect('tok')).status, 200);
});

test('the member of old resource servers is added on request', async (t) => {
  let cnf: string | undefined;
  const { gateway, fetchToken, introspect } = await startBeforeUpstream(t, {
    keys: 'introspection: {legacy_x5t_sha256: true}',
    answers: {
      [PATH]: (response) =>
        json(cnf === undefined ? '{"active":true}' : `{"active":true,"cnf":${cnf}}`)(response),
    },
  });
  await fetchToken();
  const { thumbprint } = gateway.client;
  const both = { 'x5t#S256': thumbprint, 'x5t#SHA256': thumbprint };
  for (cnf of [undefined, `{"x5t#S256":"${thumbprint}"}`, `{"x5t#SHA256":"${thumbprint}"}`]) {
    assert.deepEqual((await introspect('tok')).json()['cnf'], both);
  }
});

test('hidden scopes are taken out, and nothing else of the answer changes', async (t) => {
  let scope = '';
  const answers = {
    [PATH]: ((response) =>
      json(`{"active":true,"scope":${scope},"permissions":["x5t#a"],"x":1.0}`)(
        response,
      )) as Respond,
  };
  const { gateway, fetchToken, introspect } = await startBeforeUpstream(t, { answers });
  await fetchToken();
  const cnf = `"cnf":{"x5t#S256":"${gateway.client.thumbprint}"}`;
  for (const [given, expected] of [
    ['"openid x5t#SHA256:abc TIME_1700000000000 read"', '"openid read"'],
    ['"x5t#SHA256:abc"', '""'],
    ['"read  time_x \\u0077rite"', '"read  time_x \\u0077rite"'],
    ['["x5t#a"]', '["x5t#a"]'],
  ] as const) {
    scope = given;
    const text = `{"active":true,"scope":${expected},"permissions":["x5t#a"],"x":1.0,${cnf}}`;
    assert.equal((await introspect('tok')).text, text);
  }
  const kept = await startBeforeUpstream(t, {
    answers,
    keys: 'introspection: {remove_hidden_scopes: false}',
  });
  await kept.fetchToken();
  scope = '"x5t#SHA256:abc"';
  assert.equal((await kept.introspect('tok')).json()['scope'], 'x5t#SHA256:abc');
});

test('the cnf of a token that is bound to no certificate stays what it is', async (t) => {
  const source = '{"active":true,"cnf":{"jkt":"k"}}';
  const { post, introspect } = await startBeforeUpstream(t, { answers: { [PATH]: json(source) } });
  await post('/oauth2/token', { grant_type: 'client_credentials', client_id: 'unbound' });
  assert.equal((await introspect('tok')).text, source);
});

test('a token answer that comes encoded is read and bound all the same', async (t) => {
  const { fetchToken } = await startBeforeUpstream(t, {
    answers: {
      '/oauth2/token': (response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
        response.end(gzipSync('{"access_token":"tok","n":9007199254740993}'));
      },
    },
  });
  const answer = await fetchToken();
  assert.equal(answer.text, '{"access_token":"tok","n":9007199254740993}');
});

import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { redact } from '../../src/telemetry/redaction.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { KeptText, failedHandshake, requestRecord } from './records.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const PEM = privateKey.export({ format: 'pem', type: 'pkcs8' });
/** What must be found nowhere: a line of the key's body. */
const KEY_LINE = PEM.split('\n')[1] ?? '';
const SECRET = `aB3${randomBytes(24).toString('base64url')}`;

const LEAKS: readonly string[] = [
  `key is ${PEM}`,
  `one line: ${PEM.replaceAll('\n', ' ')}`,
  `escaped: ${encodeURIComponent(PEM)}`,
  `json: ${JSON.stringify(PEM)}`,
  `cut: ${PEM.slice(0, 120)}`,
  `Client-Cert: :${KEY_LINE}:`,
  `authorization: Bearer ${SECRET}`,
  `Authorization: Basic ${Buffer.from(`client:${SECRET}`).toString('base64')} was wrong`,
  `DPoP ${SECRET}`,
  `grant_type=x&client_secret=${SECRET}&scope=y`,
  `access_token=${SECRET}`,
  `{"refresh_token" : "${SECRET}", "active": true}`,
  `jwt eyJhbGciOiJFUzI1NiJ9.${SECRET}.${SECRET} expired`,
];

test('key material, tokens and credentials within a text do not reach the log', async (t) => {
  const stream = new KeptText();
  const telemetry = createTelemetry({ level: 'debug', stream, version: '0.0.0' });
  t.after(() => telemetry.close());
  for (const leak of LEAKS) {
    telemetry.request(requestRecord({ path: `/${leak}`, clientId: leak, detail: leak }));
    telemetry.events(failedHandshake({ detail: leak }));
    telemetry.log('error', leak, { what: leak });
  }
  await telemetry.close();
  assert.equal(stream.lines().length, LEAKS.length * 3);
  assert.ok(!stream.text.includes(KEY_LINE.slice(8, 40)));
  assert.ok(!stream.text.includes(SECRET));
  assert.ok(!stream.text.includes(Buffer.from(`client:${SECRET}`).toString('base64')));
});

test('fields named for a secret are written without their value', async (t) => {
  const stream = new KeptText();
  const telemetry = createTelemetry({ level: 'info', stream, version: '0.0.0' });
  t.after(() => telemetry.close());
  telemetry.log('info', 'text', {
    authorization: SECRET,
    client_secret: SECRET,
    access_token: SECRET,
    set_cookie: SECRET,
    code: 'ECONNRESET',
  });
  await telemetry.close();
  assert.ok(!stream.text.includes(SECRET));
  assert.equal(stream.json()[0]?.['code'], 'ECONNRESET');
});

test('ordinary texts are left as they are', () => {
  for (const text of [
    '/oauth2/token',
    'the parameter "token" is missing',
    'no code: connect ECONNREFUSED 127.0.0.1:9',
    'bearer token is missing',
    'expected basic authentication',
    'DER offset 12: MIME is not known here',
    'error:0A000086:SSL routines::certificate verify failed',
  ]) {
    assert.equal(redact(text), text);
  }
});

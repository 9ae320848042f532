import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { PassThrough } from 'node:stream';
import { promisify } from 'node:util';

import { parseCertificate } from '../../src/certificate/parse.ts';
import { readCertificates } from '../../src/certificate/pem.ts';
import { validityProblem } from '../../src/certificate/validity.ts';
import { makeDemoFiles } from '../../src/commands/demo-files.ts';
import { demoGuide } from '../../src/commands/demo-guide.ts';
import { checkConfig } from '../../src/config/check.ts';
import { parseConfig } from '../../src/config/load.ts';
import { startServer } from '../../src/server/server.ts';
import { withoutCurl } from '../gateway/curl.ts';

const project = new URL('../../', import.meta.url);
const EXAMPLE = 'deploy/examples/behind-load-balancer.yaml';

const example = await readFile(new URL(EXAMPLE, project), 'utf8');
const { config } = parseConfig(example, { file: EXAMPLE, baseDir: '/', env: {} });
const pem = config.clients[0]?.certificates[0] ?? '';
const [der = new Uint8Array()] = readCertificates(pem);
const certificate = parseCertificate(der);

/** The request of the document, its line breaks joined. */
const COMMAND = [
  'curl -X POST https://localhost:9443/oauth2/token',
  "-H 'content-type: application/x-www-form-urlencoded'",
  `-H 'x-wso2-mtls-cert: ${pem.replaceAll('\n', '')}'`,
  "-d 'grant_type=client_credentials&client_id=h9gd1bLEgzUwftAhnrof0fZWcZwa'",
].join(' ');
const INTROSPECTION = [
  'curl -X POST https://localhost:9443/oauth2/introspect',
  "-H 'authorization: Basic YWRtaW46YWRtaW4='",
  "-H 'content-type: application/x-www-form-urlencoded'",
].join(' ');

const skip =
  withoutCurl ||
  (validityProblem(certificate, Date.now()) === undefined
    ? false
    : 'the certificate of the document is out of date');

interface Running {
  /** What the command line says once it serves. */
  readonly guide: string;
  /** Runs a command line with the CA and the port of this server. */
  readonly run: (command: string) => Promise<Readonly<Record<string, unknown>>>;
  readonly log: () => string;
}

/** Serves a configuration file of the project on free ports, with its files in a folder of the test. */
async function serve(t: TestContext, path: string): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const text = (await readFile(new URL(path, project), 'utf8'))
    .replaceAll(/address: 127\.0\.0\.1:\d+/g, 'address: 127.0.0.1:0')
    .replaceAll('../../', '');
  const loaded = parseConfig(text, { file: path, baseDir: folder, env: {} });
  const unread = new PassThrough().resume();
  await makeDemoFiles(loaded, { stdout: unread, stderr: unread, folder });
  const stdout = new PassThrough();
  let log = '';
  stdout.on('data', (chunk: Buffer) => (log += chunk.toString('utf8')));
  const material = await checkConfig(loaded);
  const server = await startServer({
    config: loaded.config,
    material,
    load: async () => loaded.source,
    stdout,
  });
  t.after(() => server.stop());
  const port = server.listeners[0]?.port ?? 0;
  const options = [
    '--silent --show-error',
    `--cacert ${join(folder, 'certs/demo/ca.pem')}`,
    `--connect-to localhost:9443:127.0.0.1:${port}`,
  ].join(' ');
  return {
    guide: demoGuide(loaded, material, { port, certificates: 'certs/demo' }),
    run: async (command) => {
      const { stdout: answer } = await promisify(execFile)('sh', ['-c', `${command} ${options}`]);
      return JSON.parse(answer) as Readonly<Record<string, unknown>>;
    },
    log: () => log,
  };
}

test('the example takes the certificate of a header from a trusted peer', { skip }, async (t) => {
  const { run, guide } = await serve(t, EXAMPLE);
  // Of the demo the example has the server certificate alone: its client is another one.
  assert.doesNotMatch(guide, /curl/);
  const answer = await run(COMMAND);
  assert.equal(answer['token_type'], 'Bearer', JSON.stringify(answer));
  const token = String(answer['access_token']);
  const { active, client_id: id, cnf } = await run(`${INTROSPECTION} -d token=${token}`);
  assert.deepEqual(
    [active, id, cnf],
    [true, 'h9gd1bLEgzUwftAhnrof0fZWcZwa', { 'x5t#S256': certificate.thumbprint }],
  );
});

test('T20: the default configuration refuses the same request', { skip }, async (t) => {
  const { run, log } = await serve(t, 'config.yaml');
  assert.deepEqual(await run(COMMAND), {
    error: 'invalid_client',
    error_description: 'the request carries no client certificate and no other credential',
  });
  assert.match(log(), /"status":401,.*"reason":"certificate_absent"/);
});

test('the example and the default configuration differ in whom they believe', async () => {
  assert.deepEqual(
    config.listeners.map(({ from_load_balancer: balancer }) => balancer?.peers),
    [
      [
        { address: '127.0.0.1', prefix: 32 },
        { address: '::1', prefix: 128 },
      ],
    ],
  );
  const text = await readFile(new URL('config.yaml', project), 'utf8');
  const standard = parseConfig(text, { file: 'config.yaml', baseDir: '/', env: {} }).config;
  assert.ok(standard.listeners.every(({ from_load_balancer: balancer }) => balancer === undefined));
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';

import { codecFor } from '../../src/certificate/header/codecs.ts';
import { HEADER_FORMATS } from '../../src/certificate/header/header-codec.ts';
import type { Fields } from '../../src/certificate/header/header-codec.ts';
import { httpsRequest } from '../support/https-client.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { BALANCERS } from './balancers.ts';
import { startHeadRecorder } from './head-recorder.ts';
import { SENT_VALUES } from '../support/sent-values.ts';

const authority = await createAuthority();
const server = await authority.issue({
  subject: 'CN=localhost',
  san: { dns: ['localhost'], ip: ['127.0.0.1'] },
  eku: ['serverAuth'],
});
const balancerIdentity = await selfSigned({ subject: 'CN=balancer,O=Test' });
const files = {
  'server.pem': server.certificatePem,
  'server-key.pem': server.privateKeyPem,
  'gateway-ca.pem': authority.certificatePem,
  'client-ca.pem': authority.certificatePem,
  'balancer.pem': balancerIdentity.certificatePem,
  'balancer-key.pem': balancerIdentity.privateKeyPem,
};
const below = await authority.issue({ subject: 'CN=Below,O=Test', ca: true });
/** Of every length of padding, and one with an intermediate. */
const clients: readonly (readonly [Issued, readonly Issued[]])[] = [
  ...(
    await Promise.all(['x', 'xx', 'xxx'].map((name) => selfSigned({ subject: `CN=${name}` })))
  ).map((client) => [client, []] as const),
  [await below.issue({ subject: 'CN=deep,O=Test', eku: ['clientAuth'] }), [below]],
];

for (const format of HEADER_FORMATS) {
  const sent = SENT_VALUES[format];
  if (sent === undefined) continue;
  const balancer = BALANCERS.find(({ file }) => file === sent.file) ?? assert.fail(sent.file);

  test(
    `${format}: ${sent.program} sends what is written here`,
    { skip: balancer.skip },
    async (t) => {
      const recorder = await startHeadRecorder(t, server);
      const { change = {} } = sent;
      const port = await balancer.start(t, { behind: recorder.port, files, change });
      const { names, write } = codecFor(format);
      for (const [client, others] of clients) {
        const chain = sent.chain ? others.map(({ certificate }) => certificate) : [];
        const pems = [client, ...others].map(({ certificatePem }) => certificatePem);
        const answer = await httpsRequest({
          port,
          path: '/',
          ca: authority.certificatePem,
          certificatePem: pems.join(''),
          privateKeyPem: client.privateKeyPem,
        });
        assert.equal(answer.status, 200);
        const expected = write({ leaf: client.certificate, chain }, names);
        assert.deepEqual(valuesIn(recorder.lastHead(), expected), expected);
        assert.deepEqual(recorder.lastSender(), Buffer.from(balancerIdentity.certificate));
      }
    },
  );
}

/**
 * The values of the same fields, as they were sent: a folded line unfolded (RFC 9112 section 5.2), and
 * white space at the end, which Apache makes of the last line break, no part of it (section 5.1).
 */
function valuesIn(head: string, fields: Fields): Fields {
  const lines = head.replaceAll(/\r?\n[\t ]/g, '\t').split('\r\n');
  return fields.map(([name]) => {
    const own = lines.filter((line) => line.toLowerCase().startsWith(`${name}: `));
    return [name, own.map((line) => line.slice(name.length + 2).trimEnd()).join(' twice ')];
  });
}

for (const [file, expected] of [
  ['nginx-tunnel.conf', /^PROXY TCP4 127\.0\.0\.1 /],
  ['haproxy-tunnel.cfg', /^\r\n\r\n\0\r\nQUIT\n!\u0011/],
] as const) {
  const balancer = BALANCERS.find((each) => each.file === file) ?? assert.fail();
  const version = file === 'nginx-tunnel.conf' ? 1 : 2;
  test(`${file} sends a PROXY header of version ${version}`, { skip: balancer.skip }, async (t) => {
    const arrived = Promise.withResolvers<void>();
    const sockets = new Set<Socket>();
    const recorder = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('data', (chunk: Buffer) => {
        // A health check may come before; it speaks for nobody.
        if (expected.test(chunk.toString('latin1'))) arrived.resolve();
      });
    }).listen(0, '127.0.0.1');
    await once(recorder, 'listening');
    const behind = (recorder.address() as AddressInfo).port;
    const port = await balancer.start(t, { behind, files: {} });
    // After the balancer has ended, which would report a server that is gone.
    t.after(() => {
      for (const socket of sockets) socket.destroy();
      recorder.close();
    });
    const client = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false });
    client.on('error', () => client.destroy());
    t.after(() => client.destroy());
    await arrived.promise;
  });
}

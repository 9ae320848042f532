import assert from 'node:assert/strict';
import { test } from 'node:test';

import { codecFor } from '../../src/certificate/header/codecs.ts';
import { createBalancerCheck } from '../../src/gateway/balancer-peer.ts';
import { createCarriedChains } from '../../src/gateway/carried-chains.ts';
import { createSpeakers } from '../../src/gateway/speaker.ts';
import { createAddressSet } from '../../src/http/address-set.ts';
import type { ConnectionFacts, HeaderList } from '../../src/http/exchange.ts';
import { connectionFacts } from '../support/connection-facts.ts';
import { HOUR_MS, selfSigned } from '../support/pki.ts';
import { told } from './behind-balancer.ts';

const client = await selfSigned({ subject: 'CN=client' });
const own = await selfSigned({ subject: 'CN=balancer', notAfter: Date.now() + HOUR_MS });
const names = { leaf: 'x-wso2-mtls-cert' };
const peers = createAddressSet([{ address: '10.0.0.1', prefix: 32 }]);

function connectionFrom(changes: Partial<ConnectionFacts> = {}): ConnectionFacts {
  return connectionFacts({ peerAddress: '10.0.0.1', socketAddress: '10.0.0.1', ...changes });
}

function speakers({
  certificates = [],
  now = Date.now,
}: { readonly certificates?: readonly string[]; readonly now?: () => number } = {}) {
  const identity = { peers, certificates: new Set(certificates), clockSkewMs: 0 };
  const balancer = {
    standing: createBalancerCheck(identity, now),
    hops: peers,
    hasCertificate: certificates.length > 0,
    read: createCarriedChains({
      listener: 'public',
      codec: codecFor('one_line_pem'),
      names,
      verified: 'here',
    }),
    isTold: () => true,
  };
  return createSpeakers(new Map([['public', balancer]]));
}

const headers: HeaderList = [told(client)];

test('T19: the address of a PROXY header makes nobody the balancer', () => {
  const connection = connectionFrom({ peerAddress: '10.0.0.1', socketAddress: '203.0.113.9' });
  const speaker = speakers()({ connection, headers });
  assert.deepEqual([speaker.carrier, speaker.header], ['connection', 'foreign_address']);
  assert.equal(speaker.chain, connection);
  assert.deepEqual(speaker.forwarding, { path: ['10.0.0.1'] });
});

test('a balancer that names its client by a PROXY header is known by its own address', () => {
  const connection = connectionFrom({ peerAddress: '203.0.113.9' });
  const speaker = speakers()({ connection, headers });
  assert.equal(speaker.carrier, 'balancer');
  assert.deepEqual(speaker.chain.certificates, [Buffer.from(client.certificate)]);
  assert.deepEqual(speaker.forwarding, { path: ['203.0.113.9'] });
});

test('other listeners believe nobody', () => {
  const connection = connectionFrom({ listener: 'other' });
  const speaker = speakers()({ connection, headers });
  assert.deepEqual(speaker, {
    carrier: 'connection',
    chain: connection,
    forwarding: { path: ['10.0.0.1'] },
  });
});

test('the same certificate is the same chain at every request, of whatever connection', () => {
  const speakerOf = speakers();
  const first = speakerOf({ connection: connectionFrom(), headers }).chain;
  assert.equal(speakerOf({ connection: connectionFrom(), headers }).chain, first);
});

test('the certificate of the balancer is asked for its dates at every request', () => {
  let now = Date.now();
  const speakerOf = speakers({ certificates: [own.thumbprint], now: () => now });
  const connection = connectionFrom({ certificates: [own.certificate] });
  assert.equal(speakerOf({ connection, headers }).carrier, 'balancer');
  now += 2 * HOUR_MS;
  const speaker = speakerOf({ connection, headers });
  assert.deepEqual([speaker.carrier, speaker.header], ['connection', 'foreign_certificate']);
});

test('a certificate that stands behind another one in the handshake names nobody', () => {
  const speakerOf = speakers({ certificates: [own.thumbprint] });
  const connection = connectionFrom({ certificates: [client.certificate, own.certificate] });
  assert.equal(speakerOf({ connection, headers }).carrier, 'connection');
  const unreadable = connectionFrom({ certificates: [own.certificate.slice(1)] });
  assert.equal(speakerOf({ connection: unreadable, headers }).carrier, 'connection');
});

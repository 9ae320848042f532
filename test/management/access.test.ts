import assert from 'node:assert/strict';
import { test } from 'node:test';

import { refuseAccess, refuseDetails } from '../../src/management/access.ts';
import type { AccessOptions, AccessRequest } from '../../src/management/access.ts';

const TOKEN = 'a-token-of-the-management-listener';
const LOCAL: AccessOptions = { boundAddress: '127.0.0.1', token: TOKEN };
const OPEN: AccessOptions = { boundAddress: '0.0.0.0', token: TOKEN };

function statusOf(
  request: Partial<AccessRequest>,
  options: AccessOptions = LOCAL,
): number | undefined {
  return refuseAccess(
    {
      path: '/status',
      method: 'GET',
      host: 'localhost:9464',
      authorization: undefined,
      peerAddress: '127.0.0.1',
      ...request,
    },
    options,
  )?.status;
}

test('metrics and probes are for everybody, under whatever host', () => {
  for (const path of ['/metrics', '/livez', '/healthz', '/readyz']) {
    for (const host of [undefined, 'gateway.internal:9464', '10.0.0.7']) {
      for (const options of [LOCAL, OPEN, { boundAddress: '10.0.0.7', token: undefined }]) {
        assert.equal(statusOf({ path, host, peerAddress: '10.0.0.9' }, options), undefined);
      }
    }
  }
});

test('what an open path tells of the machines behind is for those who may ask for everything', () => {
  const ask = { path: '/readyz', method: 'GET', host: 'localhost', authorization: undefined };
  const here = { ...ask, peerAddress: '127.0.0.1' };
  assert.equal(refuseDetails(here, LOCAL), undefined);
  assert.equal(refuseDetails(here, OPEN)?.status, 401);
  assert.equal(refuseDetails({ ...here, host: 'rebound.example' }, LOCAL)?.status, 403);
  assert.equal(refuseDetails({ ...here, authorization: `Bearer ${TOKEN}` }, OPEN), undefined);
});

test('the page is for people on this machine, at a listener that is bound to it alone', () => {
  for (const boundAddress of ['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1']) {
    assert.equal(statusOf({}, { boundAddress, token: undefined }), undefined, boundAddress);
  }
  for (const boundAddress of ['0.0.0.0', '::', '10.0.0.7', '2001:db8::1', '']) {
    assert.equal(statusOf({}, { boundAddress, token: undefined }), 403, boundAddress);
    assert.equal(statusOf({}, { boundAddress, token: TOKEN }), 401, boundAddress);
  }
  for (const peerAddress of ['10.0.0.9', '::ffff:10.0.0.9', undefined, 'localhost']) {
    assert.equal(statusOf({ peerAddress }), 401, peerAddress ?? 'none');
  }
});

test('a host that is not this machine is refused there, so that no foreign name leads in', () => {
  for (const host of ['localhost', 'LOCALHOST:1', '127.0.0.1:9464', '[::1]:9464', '[::1]']) {
    assert.equal(statusOf({ host }), undefined, host);
  }
  const foreign = [
    undefined,
    '',
    'rebound.example',
    'localhost.rebound.example',
    '127.0.0.1.rebound.example',
    'localhost@rebound.example',
    'localhost,rebound.example',
    'localhost rebound.example',
    '10.0.0.7:9464',
    '0.0.0.0',
    '2130706433',
    '[::]',
    'localhost:9464:1',
  ];
  for (const host of foreign) {
    assert.equal(statusOf({ host }), 403, host ?? 'none');
    const authorization = `Bearer ${TOKEN}`;
    assert.equal(statusOf({ host, method: 'POST', authorization }), 403, host ?? 'none');
  }
});

test('whoever has the token may ask for everything, whoever has another one for nothing more', () => {
  for (const options of [LOCAL, OPEN]) {
    for (const method of ['GET', 'POST', 'DELETE']) {
      for (const path of ['/status', '/explain', '/nothing']) {
        const asked = { method, path, peerAddress: '10.0.0.9' };
        for (const scheme of ['Bearer', 'bearer']) {
          const authorization = `${scheme} ${TOKEN}`;
          assert.equal(statusOf({ ...asked, authorization }, options), undefined);
        }
        for (const authorization of [
          '',
          'Bearer',
          `Bearer ${TOKEN}x`,
          `Bearer ${TOKEN.slice(1)}`,
          `Bearer ${TOKEN},`,
          `Basic ${Buffer.from(`:${TOKEN}`).toString('base64')}`,
          TOKEN,
        ]) {
          assert.equal(statusOf({ ...asked, authorization }, options), 401, authorization);
        }
      }
    }
  }
});

test('every POST needs the token, from this machine and to open paths too', () => {
  for (const path of ['/explain', '/metrics', '/livez', '/', '/status']) {
    assert.equal(statusOf({ path, method: 'POST' }), 401, path);
    assert.equal(statusOf({ path, method: 'POST' }, { ...LOCAL, token: undefined }), 403, path);
  }
});

test('an empty token is the token of nobody', () => {
  assert.equal(
    statusOf({ method: 'POST', authorization: 'Bearer ' }, { ...LOCAL, token: '' }),
    401,
  );
});

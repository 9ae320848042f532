import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBeforeUpstream } from './before-upstream.ts';

const PATHS = {
  token: { path: '/oauth2/token', form: { grant_type: 'client_credentials' } },
  'pushed authorization': { path: '/oauth2/par', form: { response_type: 'code' } },
  'device authorization': { path: '/oauth2/device', form: { scope: 'openid' } },
  introspection: { path: '/oauth2/introspect', form: { token: 'tok' } },
  revocation: { path: '/oauth2/revoke', form: { token: 'tok' } },
} as const;

for (const kind of ['gateway', 'native'] as const) {
  test(`T30: before a ${kind} server the certificate of one client is that of no other`, async (t) => {
    const { post, upstream, gateway } = await startBeforeUpstream(t, {
      kind,
      keys: 'endpoints: {pushed_authorization: /oauth2/par, device_authorization: /oauth2/device}',
    });
    for (const [endpoint, { path, form }] of Object.entries(PATHS)) {
      for (const [clientId, by] of [
        ['pki', 'client'],
        ['self-signed', 'pkiClient'],
        ['self-signed', 'stranger'],
        ['self-signed', undefined],
      ] as const) {
        const known = gateway.log().length;
        const sent = { ...form, client_id: clientId };
        const answer = await post(path, sent, by === undefined ? {} : { by });
        assert.deepEqual(
          [answer.status, answer.json()['error']],
          [401, 'invalid_client'],
          endpoint,
        );
        await gateway.logged(({ decision }) => decision === 'refused', known);
      }
    }
    assert.equal(upstream.requests.length, 0);
  });
}

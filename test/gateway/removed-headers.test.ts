import assert from 'node:assert/strict';
import { test } from 'node:test';

import { httpsRequest } from '../support/https-client.ts';
import { http2Request } from '../support/http2-client.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';

test('a header that the configuration removes reaches the upstream in no spelling', async (t) => {
  const upstream = await startRecordingUpstream();
  t.after(() => upstream.close());
  const gateway = await startGateway({
    yaml: `
token_service:
  upstream:
    url: ${upstream.url}
    request_headers_to_remove: [X-Client-CN, x_user_cert]
`,
  });
  t.after(() => gateway.close());
  const { port, ca } = gateway;
  const forged = ['x-client-cn', 'x_client_cn', 'x.client.cn', 'x-user-cert', 'x_user-cert'];
  const headers = [...forged, 'x-client-cnonce', 'x-user'].map((name) => [name, 'admin'] as const);
  for (const request of [httpsRequest, http2Request]) {
    for (const path of ['/', '/oauth2/authorize']) {
      assert.equal((await request({ port, ca, path, headers })).status, 200);
      const sent = upstream.requests.at(-1)?.headers ?? {};
      const arrived = Object.keys(sent).filter((name) => sent[name] === 'admin');
      assert.deepEqual(arrived.toSorted(), ['x-client-cnonce', 'x-user'], path);
    }
  }
});

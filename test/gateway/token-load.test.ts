import assert from 'node:assert/strict';
import { test } from 'node:test';

import { EMBEDDED, startGateway } from '../support/running-gateway.ts';
import { tokenLoad } from '../support/token-load.ts';

test('a thousand token requests from fifty connections are all answered', async (t) => {
  const gateway = await startGateway({ yaml: EMBEDDED });
  t.after(() => gateway.close());
  const { answered, errors } = await tokenLoad(gateway, { requests: 1_000, connections: 50 });
  assert.deepEqual([answered, errors], [1_000, []]);
});

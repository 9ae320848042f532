import assert from 'node:assert/strict';
import { test } from 'node:test';

import { holdConnections } from '../support/idle-connections.ts';
import { startMeasuredGateway } from '../support/measured-gateway.ts';
import { EMBEDDED } from '../support/running-gateway.ts';

const CONNECTIONS = 200;

test('F18: idle connections with certificates are kept, and all closed in good order by a stop', async (t) => {
  const gateway = await startMeasuredGateway((clean) => t.after(clean), { yaml: EMBEDDED });
  const held = await holdConnections(gateway, CONNECTIONS);
  t.after(held.destroy);
  const { connections, openFiles } = await gateway.measure();
  assert.equal(connections, CONNECTIONS);
  assert.ok(openFiles > CONNECTIONS);
  await Promise.all([gateway.stop(), held.until(0)]);
  assert.deepEqual(held.broken(), []);
});

test('F18: idle connections are all closed in good order after the idle timeout, and leave no file open', async (t) => {
  const gateway = await startMeasuredGateway((clean) => t.after(clean), {
    yaml: EMBEDDED,
    listener: '    limits: {idle_timeout: 1s}\n',
  });
  const before = await gateway.measure();
  const held = await holdConnections(gateway, CONNECTIONS);
  t.after(held.destroy);
  await held.until(0);
  assert.deepEqual(held.broken(), []);
  let after = await gateway.measure();
  while (after.connections > 0) after = await gateway.measure();
  // What stays open leads to the embedded service.
  assert.ok(after.openFiles - before.openFiles < CONNECTIONS / 2);
});

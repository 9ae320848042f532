import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';

import { servingWorkers, startWorkersGateway } from './workers-gateway.ts';
import type { WorkersGateway } from './workers-gateway.ts';

const CONNECTIONS = 60;

function requestsByWorker(gateway: WorkersGateway): ReadonlyMap<unknown, number> {
  const requests = gateway.log().filter(({ msg }) => msg === 'request');
  return new Map(
    [...Map.groupBy(requests, ({ worker }) => worker)].map(([worker, { length }]) => [
      worker,
      length,
    ]),
  );
}

async function samples(gateway: WorkersGateway): Promise<ReadonlyMap<string, number>> {
  const text = await (await gateway.manage('GET', '/metrics')).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

const TOKENS = 'certbound_token_requests_total{grant_type="client_credentials",outcome="issued"}';

test('two workers share the connections, and the metrics are their sum', async (t) => {
  const gateway = await servingWorkers(t);
  for (let count = 0; count < CONNECTIONS; count += 1) {
    assert.equal((await gateway.token()).status, 200);
  }
  await gateway.logged(() => [...requestsByWorker(gateway).values()].length === 2);
  const byWorker = requestsByWorker(gateway);
  for (const worker of [1, 2]) {
    const share = (byWorker.get(worker) ?? 0) / CONNECTIONS;
    assert.ok(share >= 0.45 && share <= 0.55, `worker ${worker} got ${share}`);
  }
  const before = await samples(gateway);
  assert.equal(before.get('certbound_workers'), 2);
  assert.equal(before.get(TOKENS), CONNECTIONS);
  assert.equal(before.get('certbound_config_last_reload_successful'), 1);
  assert.equal(
    before.get('certbound_http_request_duration_seconds_count{route="token"}'),
    CONNECTIONS,
  );

  const [victim = 0] = await gateway.workerPids();
  process.kill(victim, 'SIGKILL');
  await gateway.logged(({ msg }) => msg === 'a worker was replaced');
  await gateway.token();
  const after = await samples(gateway);
  assert.equal(after.get(TOKENS), CONNECTIONS + 1);
  assert.equal(after.get('certbound_worker_ends_total'), 1);
});

test('a reload reaches every worker or none, and one that is replaced serves what is in force', async (t) => {
  const gateway = await servingWorkers(t);
  const statuses = async (clientId: string): Promise<readonly number[]> => {
    const found: number[] = [];
    for (let count = 0; count < 4; count += 1) found.push((await gateway.token(clientId)).status);
    return found;
  };
  const clients = `
  - client_id: later
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
`;
  await gateway.configure({ clients });
  const answer = await gateway.manage('POST', '/reload');
  assert.partialDeepStrictEqual(await answer.json(), { outcome: 'reloaded', generation: 2 });
  assert.deepEqual(await statuses('later'), [200, 200, 200, 200]);

  await gateway.configure({});
  await gateway.write('server.pem', 'half');
  assert.equal((await gateway.manage('POST', '/reload')).status, 422);
  // The files are not what is in force; the one that comes must not look at them.
  const [victim = 0] = await gateway.workerPids();
  process.kill(victim, 'SIGKILL');
  await gateway.logged(({ msg }) => msg === 'a worker was replaced');
  assert.deepEqual(await statuses('later'), [200, 200, 200, 200]);
  const metrics = await samples(gateway);
  assert.equal(metrics.get('certbound_config_reloads_total{outcome="reloaded"}'), 1);
  assert.equal(metrics.get('certbound_config_reloads_total{outcome="refused"}'), 1);
  assert.equal(metrics.get('certbound_config_last_reload_successful'), 0);
});

test('a stop waits for the workers, and none is left behind', async (t) => {
  const gateway = await servingWorkers(t);
  const pids = await gateway.workerPids();
  // One more waits to take the place of another.
  assert.equal(pids.length, 3);
  gateway.signal('SIGTERM');
  assert.deepEqual(await gateway.ended, { code: 0, stderr: '' });
  for (const pid of pids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});

test('F16: within the notice period the workers still serve, while readiness is off', async (t) => {
  const gateway = await servingWorkers(t, { noticePeriod: '3s' });
  gateway.signal('SIGTERM');
  while ((await gateway.manage('GET', '/readyz')).status !== 503);
  assert.equal((await gateway.token()).status, 200);
  assert.deepEqual(await gateway.ended, { code: 0, stderr: '' });
});

test('workers end when the primary process is killed', async (t) => {
  const gateway = await servingWorkers(t);
  gateway.signal('SIGKILL');
  // The workers hold the output open: it ends with the last of them.
  assert.equal((await gateway.ended).code, 'SIGKILL');
});

test('what keeps a worker from starting ends the program with that reason', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const gateway = await startWorkersGateway(t, { port });
  const { code, stderr } = await gateway.ended;
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`127\\.0\\.0\\.1:${port} is in use`));
});

test('status and readiness are those of all workers', async (t) => {
  const gateway = await servingWorkers(t);
  await gateway.token();
  const ready = await gateway.manage('GET', '/readyz?verbose');
  assert.deepEqual(await ready.json(), { ready: true, checks: { workers: 'ok', store: 'ok' } });
  const status = (await (await gateway.manage('GET', '/status.json')).json()) as {
    listeners: readonly { name: string }[];
    history: { steps: readonly { requests: { allowed: number } }[] };
  };
  assert.deepEqual(
    status.listeners.map(({ name }) => name),
    ['public'],
  );
  const allowed = status.history.steps.reduce((sum, { requests }) => sum + requests.allowed, 0);
  assert.equal(allowed, 1);
});

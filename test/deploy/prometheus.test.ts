import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { httpsRequest } from '../support/https-client.ts';
import { startPrometheus } from '../support/prometheus.ts';
import { withoutPrometheus } from '../support/promtool.ts';
import { EMBEDDED, startGateway } from '../support/running-gateway.ts';

const SHIPPED = new URL('../../deploy/prometheus/', import.meta.url);
const shipped = (name: string) => readFile(new URL(name, SHIPPED), 'utf8');

test(
  'Prometheus scrapes a gateway by the shipped configuration',
  { skip: withoutPrometheus },
  async (t) => {
    const gateway = await startGateway({ yaml: EMBEDDED });
    t.after(() => gateway.close());
    const { port, ca } = gateway;
    const { status } = await httpsRequest({ port, ca, path: '/oauth2/jwks' });
    assert.equal(status, 200);
    const config = (await shipped('prometheus.yml'))
      .replace('127.0.0.1:9464', `127.0.0.1:${gateway.managementPort}`)
      .replaceAll('15s', '1s');
    const prometheus = await startPrometheus(t, {
      'prometheus.yml': config,
      'certbound-rules.yml': await shipped('certbound-rules.yml'),
    });
    await prometheus.valueOf('up{job="certbound"}', (up) => up === 1);
    const requests = 'sum(certbound_http_requests_total{route="jwks",status="200"})';
    assert.equal(await prometheus.valueOf(requests, (count) => count >= 1), 1);
    const { activeTargets } = (await prometheus.api('targets')) as {
      readonly activeTargets: readonly { readonly lastError: string }[];
    };
    assert.deepEqual(
      activeTargets.map(({ lastError }) => lastError),
      [''],
    );
    const { groups } = (await prometheus.api('rules')) as {
      readonly groups: readonly { readonly rules: readonly { readonly health: string }[] }[];
    };
    assert.ok(groups.length > 0);
  },
);

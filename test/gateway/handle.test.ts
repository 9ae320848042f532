import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createStripList } from '../../src/certificate/header/strip-list.ts';
import { RequestError } from '../../src/errors.ts';
import { createAuthorityGuard, createListenerModes } from '../../src/gateway/authority.ts';
import { createGateway } from '../../src/gateway/handle.ts';
import type { GatewayDeps } from '../../src/gateway/handle.ts';
import { createPathPolicies } from '../../src/gateway/path-policy.ts';
import { createRouteTable } from '../../src/gateway/route.ts';
import { createSpeakers } from '../../src/gateway/speaker.ts';
import { createAddressSet } from '../../src/http/address-set.ts';
import { jsonAnswer } from '../../src/http/answers.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { Leaving } from '../../src/http/leave-signal.ts';
import { createEmptyBody } from '../../src/listener/request-body.ts';
import { createRequestRates } from '../../src/limits/request-rates.ts';
import type { Endpoint } from '../../src/oauth/call.ts';
import { connectionFacts } from '../support/connection-facts.ts';

/** A GET whose answer is delivered a moment after it was given. */
function exchange(told: string[]): Exchange {
  return {
    requestId: 'r',
    receivedAt: 0,
    method: 'GET',
    target: { path: '/a', query: undefined },
    host: 'localhost',
    headers: [],
    hasBody: false,
    body: createEmptyBody(),
    arrivedBody: undefined,
    limitBody: () => {},
    connection: connectionFacts(),
    signal: new Leaving(),
    respond: async ({ status }) => {
      told.push(`answered ${status}`);
      await new Promise(setImmediate);
      told.push('delivered');
      return { outcome: 'sent', bytes: 0 };
    },
  };
}

/** What happens, in its order, to a request for this endpoint. */
async function journey(endpoint: Endpoint, changes: Partial<GatewayDeps> = {}): Promise<string[]> {
  const told: string[] = [];
  const rules = [{ name: 'public', clientCertificate: 'want', named: [] } as const];
  const handle = createGateway({
    guardAuthority: createAuthorityGuard(rules),
    modeOf: createListenerModes(rules),
    trust: { present: () => ({ kind: 'absent' }), prepare: () => undefined },
    stripList: createStripList(),
    speakerOf: createSpeakers(new Map()),
    routes: createRouteTable({
      routes: new Map(),
      rest: { name: 'forward', endpoint, isOauth: false },
      policies: createPathPolicies([]),
    }),
    trace: undefined,
    admission: {
      overload: { begin: () => void told.push('counted in'), end: () => void told.push('out') },
      rates: createRequestRates([], performance.now),
      exempt: createAddressSet([]),
    },
    maxBodyBytes: new Map(),
    record: ({ decision }) => void told.push(`recorded as ${decision}`),
    ...changes,
  });
  await handle(exchange(told), () => told.push('over')).catch(() => told.push('rejected'));
  return told;
}

const ANSWERED = ['counted in', 'answered 200', 'delivered', 'recorded as allowed', 'out', 'over'];

test('a request is recorded once, when its answer is delivered, then counted out, then over', async () => {
  assert.deepEqual(await journey(async () => jsonAnswer(200, {})), ANSWERED);
});

test('a request that is refused, or whose endpoint fails, is recorded and over once like any other', async () => {
  const refusal = new RequestError({
    status: 404,
    code: 'not_found',
    reason: 'route_unknown',
    publicText: 'no',
  });
  for (const [error, decision] of [
    [refusal, 'refused'],
    [new Error('a bug'), 'failed'],
  ] as const) {
    const told = await journey(async () => {
      throw error;
    });
    assert.deepEqual(told, [
      'counted in',
      `answered ${decision === 'refused' ? 404 : 500}`,
      'delivered',
      `recorded as ${decision}`,
      'out',
      'over',
    ]);
  }
});

test('a request is over also where the journey itself breaks, before it was counted in or after', async () => {
  const broken = (): never => {
    throw new Error('a bug');
  };
  const endpoint: Endpoint = async () => jsonAnswer(200, {});
  assert.deepEqual(await journey(endpoint, { speakerOf: broken }), ['over', 'rejected']);
  assert.deepEqual(await journey(endpoint, { record: broken }), [
    'counted in',
    'answered 200',
    'delivered',
    'out',
    'over',
    'rejected',
  ]);
});

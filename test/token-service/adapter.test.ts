import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';

import { StoreError } from '../../src/errors.ts';
import type { Store } from '../../src/store/store.ts';
import { createAdapterFactory } from '../../src/token-service/storage/adapter.ts';
import { createRedemptions } from '../../src/token-service/storage/redemption.ts';
import type { AdapterFactory } from '../../src/token-service/provider.ts';
import { STORE_ENGINES } from '../support/store-engines.ts';
import type { OpenedStore, OpenStore } from '../support/store-engines.ts';
import type { TestContext } from 'node:test';

class Unavailable extends Error {}
class AlreadyConsumed extends Error {}

/** Every model that oidc-provider stores. */
const MODELS = [
  'AccessToken',
  'AuthorizationCode',
  'ClientCredentials',
  'DeviceCode',
  'Grant',
  'Interaction',
  'PushedAuthorizationRequest',
  'RefreshToken',
  'Session',
] as const;

const CONSUMERS = 50;

for (const [engine, { skip, outlivesProcess, prepare }] of Object.entries(STORE_ENGINES)) {
  suite(`the records of the token service over ${engine}`, { skip }, () => {
    let open: OpenStore;
    const shared = new AsyncDisposableStack();
    before(async () => {
      open = await prepare((clean) => shared.defer(clean));
    });
    after(() => shared.disposeAsync());

    test('each model gives back what was put in under its id, and knows no id of another', async (t) => {
      const { models } = await openAdapter(t, open);
      for (const model of MODELS) {
        const payload = { jti: 'id', accountId: model, exp: 4_102_444_800, extra: { a: [1, 'é'] } };
        await models(model).upsert('id', payload, 60);
        assert.deepEqual(await models(model).find('id'), payload);
        assert.equal(await models(model).find('another'), undefined);
      }
      await models('Session').upsert('id', { jti: 'id', accountId: 'changed' }, 60);
      assert.equal((await models('Session').find('id'))?.accountId, 'changed');
      assert.equal((await models('Grant').find('id'))?.accountId, 'Grant');
    });

    test('the id of a token stands nowhere in the store', async (t) => {
      const { models, written } = await openAdapter(t, open);
      await models('AccessToken').upsert('secret id', { jti: 'secret id', grantId: 'grant' }, 60);
      await models('RefreshToken').upsert('secret id', { jti: 'secret id' }, 60);
      await models('RefreshToken').consume('secret id');
      assert.ok(written.length > 0);
      assert.ok(written.every((text) => !text.includes('secret id')));
    });

    test('a record without a lifetime stays, one with a lifetime goes', async (t) => {
      const { models, setSecond } = await openAdapter(t, open);
      const sessions = models('Session');
      await sessions.upsert('short', { uid: 'u1' }, 60);
      await sessions.upsert('long', { uid: 'u2' });
      setSecond(epochSeconds() + 120);
      assert.equal(await sessions.find('short'), undefined);
      assert.equal(await sessions.findByUid('u1'), undefined);
      assert.notEqual(await sessions.find('long'), undefined);
    });

    test('finds a session by its uid and a device code by its user code, id and all', async (t) => {
      const { models } = await openAdapter(t, open);
      await models('Session').upsert('session', { jti: 'session', uid: 'same' }, 60);
      await models('DeviceCode').upsert('device', { jti: 'device', userCode: 'same' }, 60);
      assert.equal((await models('Session').findByUid('same'))?.jti, 'session');
      assert.equal((await models('DeviceCode').findByUserCode('same'))?.jti, 'device');
      assert.equal(await models('Interaction').findByUid('same'), undefined);
      assert.equal(await models('Session').findByUid('other'), undefined);
      await models('Session').upsert('session', { jti: 'session', uid: 'new' }, 60);
      assert.equal(await models('Session').findByUid('same'), undefined);
      assert.equal((await models('Session').findByUid('new'))?.jti, 'session');
    });

    test('consuming marks a record and keeps the rest, tags and expiry too', async (t) => {
      const { models, setSecond } = await openAdapter(t, open);
      const codes = models('AuthorizationCode');
      await codes.upsert('code', { grantId: 'g', clientId: 'c' }, 60);
      await codes.upsert('other', { grantId: 'g2' }, 60);
      await codes.consume('code');
      await codes.consume('other');
      const found = await codes.find('code');
      assert.equal(found?.clientId, 'c');
      assert.equal(typeof found.consumed, 'number');
      await codes.revokeByGrantId('g');
      assert.equal(await codes.find('code'), undefined);
      setSecond(epochSeconds() + 120);
      assert.equal(await codes.find('other'), undefined);
    });

    test('of those that consume at the same time through two stores one goes on', async (t) => {
      const { models, openAgain } = await openAdapter(t, open);
      const others = outlivesProcess ? factoryOver(await openAgain()) : models;
      const codes = [models('AuthorizationCode'), others('AuthorizationCode')] as const;
      await codes[0].upsert('code', { clientId: 'c' }, 60);
      const outcomes = await Promise.allSettled(
        Array.from({ length: CONSUMERS }, (_, index) =>
          codes[index % 2 === 0 ? 0 : 1].consume('code'),
        ),
      );
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') assert.ok(outcome.reason instanceof AlreadyConsumed);
      }
      assert.equal((await codes[1].find('code'))?.clientId, 'c');
      await assert.rejects(codes[1].consume('code'), AlreadyConsumed);
      await assert.rejects(codes[1].consume('never there'), AlreadyConsumed);
    });

    test('a second use ends the grant: its tokens, its record, and nothing else', async (t) => {
      const { models } = await openAdapter(t, open);
      for (const grant of ['g1', 'g2']) {
        await models('Grant').upsert(grant, { accountId: 'a' }, 60);
        await models('RefreshToken').upsert(`of ${grant}`, { grantId: grant }, 60);
        await models('AccessToken').upsert(`of ${grant}`, { grantId: grant }, 60);
      }
      await models('RefreshToken').consume('of g1');
      assert.notEqual(await models('AccessToken').find('of g1'), undefined);
      await assert.rejects(models('RefreshToken').consume('of g1'), AlreadyConsumed);
      for (const [model, of] of [
        ['Grant', (grant: string) => grant],
        ['RefreshToken', (grant: string) => `of ${grant}`],
        ['AccessToken', (grant: string) => `of ${grant}`],
      ] as const) {
        assert.equal(await models(model).find(of('g1')), undefined, model);
        assert.notEqual(await models(model).find(of('g2')), undefined, model);
      }
    });

    test('revoking a grant takes the records of all its models, and of no other grant', async (t) => {
      const { models } = await openAdapter(t, open);
      const granted = ['AccessToken', 'RefreshToken', 'AuthorizationCode', 'DeviceCode'];
      for (const model of granted) {
        await models(model).upsert('one', { grantId: 'g1' }, 60);
        await models(model).upsert('two', { grantId: 'g2' }, 60);
      }
      await models('Interaction').upsert('one', { grantId: 'g1' }, 60);
      await models('AccessToken').revokeByGrantId('g1');
      for (const model of granted) {
        assert.equal(await models(model).find('one'), undefined);
        assert.notEqual(await models(model).find('two'), undefined);
      }
      assert.notEqual(await models('Interaction').find('one'), undefined);
    });

    test('destroys a record, and one that is not there', async (t) => {
      const { models } = await openAdapter(t, open);
      await models('Session').upsert('id', { uid: 'u' }, 60);
      await models('Session').destroy('id');
      await models('Session').destroy('id');
      assert.equal(await models('Session').find('id'), undefined);
      assert.equal(await models('Session').findByUid('u'), undefined);
    });

    test('expired records are swept: their room is that of new ones', async (t) => {
      const room = 60;
      const { models, setSecond, countRecords } = await openAdapter(t, open, room);
      const tokens = models('RefreshToken');
      const start = epochSeconds();
      const ids = Array.from({ length: room }, (_, index) => `token ${index}`);
      for (const round of [0, 1, 2]) {
        setSecond(start + round * 1_000);
        const lifetime = round * 1_000 + 60;
        await Promise.all(ids.map((id) => tokens.upsert(id + round, { grantId: id }, lifetime)));
        await assert.rejects(tokens.upsert('one more', {}, lifetime), Unavailable);
        assert.equal((await countRecords()) ?? room, room);
        assert.equal(await tokens.find(`token 0${round - 1}`), undefined);
      }
    });

    if (outlivesProcess) {
      test('all is there after a restart', async (t) => {
        const { models, store, openAgain } = await openAdapter(t, open);
        await models('Session').upsert('session', { jti: 'session', uid: 'u' }, 60);
        await models('RefreshToken').upsert('used', { grantId: 'g' }, 60);
        await models('RefreshToken').upsert('unused', { grantId: 'g' }, 60);
        await models('RefreshToken').consume('used');
        await store.close();
        const later = factoryOver(await openAgain());
        assert.equal((await later('Session').findByUid('u'))?.jti, 'session');
        assert.equal(typeof (await later('RefreshToken').find('used'))?.consumed, 'number');
        assert.equal((await later('RefreshToken').find('unused'))?.consumed, undefined);
        await assert.rejects(later('RefreshToken').consume('used'), AlreadyConsumed);
        assert.equal(await later('RefreshToken').find('unused'), undefined, 'the grant has ended');
      });
    }

    test('knows no clients: they are configuration', async (t) => {
      const { models } = await openAdapter(t, open);
      await models('Client').upsert('client', { client_id: 'client' });
      assert.equal(await models('Client').find('client'), undefined);
    });

    test('every failure of the store is thrown as unavailable', async (t) => {
      const { models, store } = await openAdapter(t, open);
      await store.close();
      const sessions = models('Session');
      const calls = [
        sessions.upsert('id', { uid: 'u' }, 60),
        sessions.find('id'),
        sessions.findByUid('u'),
        sessions.findByUserCode('c'),
        sessions.consume('id'),
        sessions.destroy('id'),
        sessions.revokeByGrantId('g'),
      ];
      for (const call of await Promise.allSettled(calls)) {
        assert.equal(call.status, 'rejected');
        assert.ok(call.reason instanceof Unavailable);
        assert.ok(call.reason.cause instanceof StoreError);
      }
    });
  });
}

interface OpenedAdapter extends OpenedStore {
  readonly models: AdapterFactory;
  /** Every key, value and tag that was written. */
  readonly written: readonly string[];
}

async function openAdapter(
  t: TestContext,
  open: OpenStore,
  maxRecords?: number,
): Promise<OpenedAdapter> {
  const opened = await open(t, maxRecords);
  opened.setSecond(epochSeconds());
  const written: string[] = [];
  const models = factoryOver({
    ...opened.store,
    put: (space, key, value, options) => {
      written.push(key, value, ...(options.tags ?? []));
      return opened.store.put(space, key, value, options);
    },
  });
  return { ...opened, models, written };
}

function factoryOver(store: Store): AdapterFactory {
  return createAdapterFactory({
    store,
    findClient: () => undefined,
    unavailable: (cause) => new Unavailable('unavailable', { cause }),
    redemptions: createRedemptions({
      store,
      currentRequest: () => undefined,
      alreadyConsumed: () => new AlreadyConsumed(),
    }),
  });
}

function epochSeconds(): number {
  return Math.floor(Date.now() / 1_000);
}

/** The store of bindings: durable writes by many at once, and look-ups, beside plain SQLite. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { DatabaseSync } from 'node:sqlite';

import { createStoredBindings } from '../../../src/bindings/stored-bindings.ts';
import { createSqliteStore } from '../../../src/store/sqlite.ts';
import type { Cost, Kit, Work } from '../bench.ts';
import { median, spreadOf } from '../statistics.ts';

const WRITES = 5_000;
const LOOK_UPS = 100_000;
const CONCURRENCY = 50;
const THUMBPRINT = 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2';
const FAR = 4_102_444_800;

interface Engine {
  readonly name: string;
  readonly write: (token: string) => Promise<unknown>;
  readonly find: (token: string) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

export const store: Work = {
  name: 'binding store',
  async measure(kit: Kit) {
    const folder = join(kit.material.folder, 'store');
    await mkdir(folder, { recursive: true });
    const engines = [await ours(folder), plain(folder)];
    for (const { close } of engines) kit.onDone(close);
    const writes = Math.ceil(WRITES * kit.scale);
    const lookUps = Math.ceil(LOOK_UPS * kit.scale);
    const seen = engines.map(() => ({ writes: [] as number[], finds: [] as number[] }));
    for (let round = 0; round < kit.rounds; round += 1) {
      for (const [index, engine] of engines.entries()) {
        const tokenOf = (number: number): string => `token-${round}-${number}`;
        // Plain SQLite blocks its caller: more of them at once change nothing there.
        seen[index]?.writes.push(await elapsedMicros(writes, (n) => engine.write(tokenOf(n))));
        seen[index]?.finds.push(await cpuMicros(lookUps, (n) => engine.find(tokenOf(n % writes))));
      }
    }
    const costs = (of: 'writes' | 'finds'): readonly Cost[] =>
      engines.map(({ name }, index) => {
        const values = seen[index]?.[of] ?? [];
        const value = median(values);
        return { name, value, spread: spreadOf(values), operationsPerSecond: 1_000_000 / value };
      });
    const peer = 'SQLite, one by one';
    return [
      {
        work: `durable binding, ${CONCURRENCY} at once`,
        peer,
        unit: 'us elapsed',
        costs: costs('writes'),
      },
      { work: 'look-up of a binding', peer, unit: 'us CPU', costs: costs('finds') },
    ];
  },
};

async function ours(folder: string): Promise<Engine> {
  const engine = await createSqliteStore({
    path: join(folder, 'ours.sqlite'),
    maxRecords: 10_000_000,
    timeoutMs: 30_000,
  });
  const bindings = createStoredBindings({ store: engine });
  const facts = {
    thumbprint: THUMBPRINT,
    clientId: 'bench',
    kind: 'access',
    expiresAt: FAR,
  } as const;
  return {
    name: 'certbound',
    write: (token) => bindings.bindAll([{ token, ...facts }]),
    find: async (token) => bindings.find(token),
    close: () => engine.close(),
  };
}

/** As durable as ours: WAL, flushed at every commit. */
function plain(folder: string): Engine {
  const database = new DatabaseSync(join(folder, 'plain.sqlite'));
  database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL');
  database.exec('CREATE TABLE binding (token TEXT PRIMARY KEY, value TEXT, expires INTEGER)');
  const insert = database.prepare('INSERT INTO binding VALUES (?, ?, ?)');
  const select = database.prepare('SELECT value FROM binding WHERE token = ?');
  return {
    name: 'SQLite, one by one',
    write: async (token) => insert.run(token, THUMBPRINT, FAR),
    find: async (token) => select.get(token),
    close: async () => database.close(),
  };
}

/** Microseconds elapsed for each of `count`: what waits for the disk takes no CPU. */
async function elapsedMicros(count: number, operate: Operate): Promise<number> {
  const startedAt = performance.now();
  await operateMany(count, operate);
  return ((performance.now() - startedAt) * 1_000) / count;
}

/** CPU microseconds of this process for each of `count`. */
async function cpuMicros(count: number, operate: Operate): Promise<number> {
  const before = process.cpuUsage();
  await operateMany(count, operate);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

type Operate = (n: number) => Promise<unknown>;

/** So many at once as `CONCURRENCY` says. */
async function operateMany(count: number, operate: Operate): Promise<void> {
  let begun = 0;
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      while (begun < count) await operate(begun++);
    }),
  );
}

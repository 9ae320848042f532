/**
 * A reload of all workers: every one of them makes the new configuration ready, from one reading of
 * the files, before any puts it in force; or nothing has changed.
 */

import { checkConfig } from '../config/check.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { recordConfig } from '../config/snapshot.ts';
import type { ConfigSnapshot } from '../config/snapshot.ts';
import { CertboundError, ConfigError } from '../errors.ts';
import type { ReloadStatus } from '../management/status-report.ts';
import type { BoundListener } from '../server/listeners.ts';
import type { ReloadOutcome } from '../server/reload.ts';
import { reloadStatus } from '../server/reload-report.ts';
import { testTlsAnew } from '../server/tls-test.ts';
import type { Fleet } from './fleet.ts';
import type { Member } from './member.ts';

/** What every worker serves, or is about to. */
export interface InForce {
  readonly config: Config;
  readonly snapshot: ConfigSnapshot;
  readonly listeners: readonly BoundListener[];
  /** 1 for the one of the start, then one more for each reload. */
  readonly number: number;
}

export interface ReloadAllDeps {
  /** Reads the configuration anew. @throws ConfigError */
  readonly load: () => Promise<LoadedConfig>;
  readonly fleet: Pick<Fleet, 'serving'>;
  readonly inForce: () => InForce;
  /** From now on new workers get this one. */
  readonly replace: (next: InForce) => void;
  readonly tell: (outcome: ReloadOutcome) => void;
}

export interface ReloadAll {
  /** One that is asked for while another waits to begin is the same. Never rejects. */
  reload(): Promise<ReloadOutcome>;
  /** How the latest one ended; undefined where there was none. */
  last(): ReloadStatus | undefined;
  /** Notes what a worker serves; one that was forked before a reload gets what is in force since. */
  joined(member: Member, snapshot: ConfigSnapshot): void;
  /** Every later reload fails. */
  stop(): void;
}

const STOPS = { outcome: 'failed', detail: 'the gateway stops' } as const;
const NO_WORKER = { outcome: 'failed', detail: 'no worker serves' } as const;

export function createReloadAll(deps: ReloadAllDeps): ReloadAll {
  const { fleet, inForce } = deps;
  const served = new WeakMap<Member, ConfigSnapshot>();
  let isStopping = false;
  let last: ReloadStatus | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let waiting: Promise<ReloadOutcome> | undefined;

  const attempt = async (): Promise<ReloadOutcome> => {
    const { loaded, snapshot } = recordConfig(await deps.load());
    await checkConfig(loaded);
    await testTlsAnew(inForce().config, loaded.config);
    const asked = fleet.serving;
    const answers = await Promise.all(
      asked.map(async (member) => ({ member, answer: await member.ask('prepare', snapshot) })),
    );
    const prepared = answers.filter(({ answer }) => answer?.outcome === 'prepared');
    const refused = answers
      .map(({ answer }) => answer)
      .find((answer) => answer !== undefined && answer.outcome !== 'prepared');
    if (refused !== undefined || isStopping || prepared.length === 0) {
      await Promise.all(prepared.map(({ member }) => member.ask('abort', undefined)));
      if (isStopping) return STOPS;
      return refused ?? NO_WORKER;
    }

    const { number, listeners } = inForce();
    const next = { config: loaded.config, snapshot, number: number + 1 };
    // Before the first word of it: a worker that ends meanwhile is replaced by one of the new kind.
    deps.replace({ ...next, listeners });
    const commits = await Promise.all(prepared.map(({ member }) => commit(member, snapshot)));
    const done = commits.find((answer) => answer !== undefined);
    deps.replace({ ...next, listeners: done?.listeners ?? listeners });
    const outcome = done?.outcome ?? { outcome: 'reloaded', changed: [], weaker: [] };
    return outcome.outcome === 'reloaded' ? { ...outcome, generation: next.number } : outcome;
  };

  const commit = async (member: Member, snapshot: ConfigSnapshot) => {
    const answer = await member.ask('commit', undefined);
    if (answer?.outcome.outcome === 'reloaded') {
      served.set(member, snapshot);
      return answer;
    }
    // It serves what nobody else does. Whoever replaces it starts with the new configuration.
    member.kill();
    return undefined;
  };

  const catchUp = async (): Promise<void> => {
    const { snapshot } = inForce();
    const behind = fleet.serving.filter((member) => served.get(member) !== snapshot);
    for (const member of behind) {
      const answer = await member.ask('prepare', snapshot);
      if (answer?.outcome === 'prepared') await commit(member, snapshot);
      else member.kill();
    }
  };

  const run = async (): Promise<ReloadOutcome> => {
    if (isStopping) return STOPS;
    const outcome = await attempt().catch(outcomeOf);
    last = reloadStatus(outcome);
    deps.tell(outcome);
    if (!isStopping) await catchUp();
    return outcome;
  };

  return {
    reload: () => {
      waiting ??= turn.then(() => {
        // From here on the files are read: who comes now may have changed them since.
        waiting = undefined;
        const running = run();
        turn = running;
        return running;
      });
      return waiting;
    },
    last: () => last,
    joined: (member, snapshot) => {
      served.set(member, snapshot);
      if (snapshot === inForce().snapshot) return;
      turn = turn.then(catchUp);
    },
    stop: () => {
      isStopping = true;
    },
  };
}

function outcomeOf(error: unknown): ReloadOutcome {
  if (error instanceof ConfigError) return { outcome: 'refused', problems: error.problems };
  const known = error instanceof CertboundError ? error.message : undefined;
  const detail = known ?? `internal error: ${error instanceof Error ? error.message : 'unknown'}`;
  return { outcome: 'failed', detail };
}

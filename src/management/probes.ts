/** Liveness needs no code; this is readiness: asked of the rooms, bounded, never asked twice at once. */

import type { EventSink } from '../telemetry/events.ts';

export interface Readiness {
  readonly ready: boolean;
  /** One entry a dependency: `ok`, or what is wrong with it. */
  readonly checks: Readonly<Record<string, string>>;
}

export interface ProbesDeps {
  readonly ready: () => Promise<Readiness>;
  readonly events: EventSink;
}

export interface Probes {
  /** Never rejects; not ready when the rooms give no answer in time, or from draining on. */
  readiness(): Promise<Readiness>;
  setDraining(): void;
}

const DRAINING: Readiness = { ready: false, checks: { shutdown: 'draining' } };
const LATE: Readiness = { ready: false, checks: { readiness: 'no answer in time' } };
const BROKEN: Readiness = { ready: false, checks: { readiness: 'failed' } };

/** Returns which dependency is up and which is not, without what is wrong with it. */
export function upOrDown({ ready, checks }: Readiness): Readiness {
  const states = Object.entries(checks).map(
    ([name, state]) => [name, state === 'ok' ? 'ok' : 'down'] as const,
  );
  return { ready, checks: Object.fromEntries(states) };
}

/** @param timeoutMs longest wait for the rooms. */
export function createProbes({ timeoutMs }: { timeoutMs: number }, deps: ProbesDeps): Probes {
  let draining = false;
  let asked: Promise<Readiness> | undefined;
  let wasReady = true;

  const ask = async (): Promise<Readiness> => {
    try {
      return await deps.ready();
    } catch (error) {
      const detail = error instanceof Error ? error.message : 'no error object';
      deps.events({
        kind: 'notice',
        level: 'error',
        text: 'readiness check failed',
        fields: { detail },
      });
      return BROKEN;
    } finally {
      asked = undefined;
    }
  };

  const note = ({ ready, checks }: Readiness): void => {
    if (ready === wasReady) return;
    wasReady = ready;
    const failing = Object.entries(checks).filter(([, state]) => state !== 'ok');
    deps.events({
      kind: 'notice',
      level: ready ? 'info' : 'warn',
      text: ready ? 'ready again' : 'not ready',
      fields: { checks: failing.map(([name, state]) => `${name}: ${state}`).join('; ') },
    });
  };

  return {
    readiness: async () => {
      if (draining) return DRAINING;
      // A room that hangs is asked once, not once for each probe.
      asked ??= ask();
      const readiness = await within(timeoutMs, asked);
      // Draining may have begun during the wait.
      if (draining) return DRAINING;
      note(readiness);
      return readiness;
    },
    setDraining: () => {
      draining = true;
    },
  };
}

async function within(timeoutMs: number, answer: Promise<Readiness>): Promise<Readiness> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Readiness>((resolve) => {
    timer = setTimeout(() => resolve(LATE), timeoutMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What log and metrics say of a reload. */

import { hash } from 'node:crypto';

import type { Config } from '../config/schema.ts';
import type { ReloadStatus } from '../management/status-report.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Generations } from './generations.ts';
import type { ReloadOutcome } from './reload.ts';

/** Left out of the hash: who sees it could try secrets until it fits. */
const SECRETS: ReadonlySet<string> = new Set(['client_secret', 'url']);

/** Of the configurations in force. */
export interface InForce {
  readonly current: Pick<Generations['current'], 'config'>;
  readonly number: number;
}

/** Says that the program has started with a configuration. */
export function tellStart(inForce: InForce, { metrics }: Telemetry): void {
  metrics.reloaded('started', configInForce(inForce));
}

export function tellReload(
  outcome: ReloadOutcome,
  inForce: InForce,
  { log, metrics }: Telemetry,
): void {
  metrics.reloaded(outcome.outcome, configInForce(inForce));
  switch (outcome.outcome) {
    case 'reloaded': {
      const { generation, changed, weaker } = outcome;
      log('info', 'configuration reloaded', { generation, changed: changed.join(', ') });
      for (const what of weaker) log('warn', 'the reload weakens a policy', { what });
      return;
    }
    case 'refused':
      for (const { place, key, text } of outcome.problems) {
        log('error', 'reload refused, the configuration before stays in force', {
          place,
          key,
          detail: text,
        });
      }
      return;
    case 'failed':
      log('error', 'reload failed, the configuration before stays in force', {
        detail: outcome.detail,
      });
  }
}

function configInForce({ current, number }: InForce) {
  return { generation: number, hash: configHash(current.config) };
}

/** What the status page tells of it. */
export function reloadStatus(outcome: ReloadOutcome): ReloadStatus {
  const { outcome: result } = outcome;
  const at = Date.now();
  switch (outcome.outcome) {
    case 'reloaded':
      return { at, result, problems: [] };
    case 'refused':
      return {
        at,
        result,
        problems: outcome.problems.map(({ place, key, text }) => `${place} ${key}: ${text}`),
      };
    case 'failed':
      return { at, result, problems: [outcome.detail] };
  }
}

/** Equal for equal configurations, whatever is in their files. */
function configHash(config: Config): string {
  const text = JSON.stringify(config, (key, value: unknown) => (SECRETS.has(key) ? '' : value));
  return hash('sha256', text, 'hex').slice(0, 16);
}

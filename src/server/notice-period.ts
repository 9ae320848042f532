/** The time between the end of readiness and the end of service. */

import { setTimeout as pause } from 'node:timers/promises';

import type { Config } from '../config/schema.ts';

/**
 * Resolves when load balancers had `shutdown.notice_period` to send elsewhere. What waits to be accepted
 * when its socket is closed is reset, and no balancer sends it again.
 */
export async function giveNotice({ shutdown }: Pick<Config, 'shutdown'>): Promise<void> {
  if (shutdown.notice_period > 0) await pause(shutdown.notice_period);
}

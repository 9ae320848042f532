/** How often a device may ask whether somebody has let it in (RFC 8628 section 3.5). */

import type { OidcProvider } from '../provider.ts';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { hash } from 'node:crypto';

/** The interval of the answer, which is also the default of the RFC. */
export const INTERVAL_SECONDS = 5;

/** Devices that wait; of more than these the ones that asked least lately may ask at once. */
const MAX_DEVICES = 10_000;

/** How much earlier a device may ask: its clock and the network are not ours. */
const TOLERANCE_MS = 1_000;

export interface PollingPace {
  /**
   * Whether a device that asks now asks too early; it has to wait longer from then on.
   *
   * @param device digest of its code.
   */
  isTooEarly(device: string): boolean;
}

/** @param now as `performance.now()`: a clock that is set back lets no device wait longer. */
export function createPollingPace({ now }: { readonly now: () => number }): PollingPace {
  // In the order in which they have asked.
  const asked = new Map<string, { readonly at: number; readonly intervalMs: number }>();
  return {
    isTooEarly(device) {
      const last = asked.get(device);
      const at = now();
      const intervalMs = last?.intervalMs ?? INTERVAL_SECONDS * 1_000;
      const isEarly = last !== undefined && at < last.at + intervalMs - TOLERANCE_MS;
      asked.delete(device);
      asked.set(device, {
        at,
        intervalMs: isEarly ? intervalMs + INTERVAL_SECONDS * 1_000 : intervalMs,
      });
      const [oldest] = asked.keys();
      if (asked.size > MAX_DEVICES && oldest !== undefined) asked.delete(oldest);
      return isEarly;
    },
  };
}

export interface PacedPaths {
  readonly token: string;
  readonly deviceAuthorization: string;
}

/** Tells devices the interval, and those that do not keep it to slow down. */
export function paceDevices(provider: OidcProvider, pace: PollingPace, paths: PacedPaths): void {
  provider.use(async (ctx, next) => {
    await next();
    const body = ctx.body as Readonly<Record<string, unknown>> | null | undefined;
    if (ctx.path === paths.deviceAuthorization && ctx.status === 200) {
      ctx.body = { ...body, interval: INTERVAL_SECONDS };
    }
    if (ctx.path !== paths.token || body?.['error'] !== 'authorization_pending') return;
    const { device_code: device } = (ctx as KoaContextWithOIDC).oidc.params ?? {};
    if (typeof device !== 'string') return;
    if (!pace.isTooEarly(hash('sha256', device, 'base64url'))) return;
    ctx.body = {
      error: 'slow_down',
      error_description: 'wait 5 seconds more between two requests',
    };
  });
}

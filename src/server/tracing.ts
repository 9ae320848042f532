/** Tracing as the configuration has it, with OpenTelemetry where it is installed. */

import type { Config } from '../config/schema.ts';
import { loadOpenTelemetry } from '../telemetry/open-telemetry.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { createTracing } from '../telemetry/tracing.ts';
import type { BeginTrace } from '../telemetry/tracing.ts';

/** A damaged installation of OpenTelemetry is told, and no reason to serve nobody. */
export async function openTracing(
  { tracing: { mode, sample_ratio: sampleRatio } }: Config,
  telemetry: Telemetry,
): Promise<BeginTrace | undefined> {
  const spans =
    mode === 'off'
      ? undefined
      : await loadOpenTelemetry().catch((error: unknown) => {
          const detail = error instanceof Error ? error.message : 'no error object';
          telemetry.log('warn', 'OpenTelemetry is installed and can not be loaded', { detail });
          return undefined;
        });
  return createTracing({ mode, sampleRatio }, spans);
}

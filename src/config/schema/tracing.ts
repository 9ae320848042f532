/** The keys of distributed tracing. */

import { z } from 'zod';

export const tracing = z
  .strictObject({
    mode: z
      .enum(['off', 'join', 'restart'])
      .default('off')
      .describe(
        'off: traceparent and tracestate pass as they came. join: a trace that a client began goes on here and at the upstream, and one begins where it has none, or a damaged one. restart: every request begins a trace, so that clients can neither name traces nor have them sampled.',
      ),
    sample_ratio: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe(
        'Part of the traces that begin here that is marked as sampled. Where an SDK of OpenTelemetry is registered, its sampler decides.',
      ),
  })
  .prefault({})
  .describe('W3C Trace Context, and spans by OpenTelemetry. See docs/observing.md.');

/** For each key that can make a configuration weaker: a step that does, and what is told of it. */

import { CLIENT_STEPS } from './client-steps.ts';
import { EMBEDDED_STEPS } from './embedded-steps.ts';
import { LISTENER_STEPS } from './listener-steps.ts';
import type { Step } from './step.ts';
import { TRUST_STEPS } from './trust-steps.ts';
import { UPSTREAM_STEPS } from './upstream-steps.ts';

export const STEPS: readonly Step[] = [
  ...LISTENER_STEPS,
  ...CLIENT_STEPS,
  ...EMBEDDED_STEPS,
  ...UPSTREAM_STEPS,
  ...TRUST_STEPS,
];

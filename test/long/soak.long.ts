import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { LOAD_SETTINGS } from '../support/load-settings.ts';
import { sizeOf } from '../support/load-size.ts';
import { soak } from '../support/soak.ts';

const MINUTES = sizeOf('CERTBOUND_SOAK_MINUTES', 60);
/** Requests a second at each gateway. */
const RATE = sizeOf('CERTBOUND_SOAK_RATE', 50);
/** To look takes a collection of garbage, which is no part of the load. */
const SAMPLES = Math.min(240, 12 * MINUTES);

/** What the line through samples of a short run may rise by itself. */
const HEAP_MEGABYTES = 3;
const RESIDENT_MEGABYTES = 20;

describe('soak', { concurrency: true }, () => {
  for (const setting of Object.keys(LOAD_SETTINGS)) {
    test(`F20: ${MINUTES} minutes of ${RATE} requests a second lose none and leave memory and files where they were (${setting})`, async (t) => {
      const outcome = await soak(t, {
        setting,
        samples: SAMPLES,
        rate: RATE,
        untilNext: () => pause((MINUTES * 60_000) / SAMPLES),
      });
      const { heapGrowthMegabytes, residentGrowthMegabytes } = outcome;
      assert.ok(heapGrowthMegabytes < HEAP_MEGABYTES, `the heap grew by ${heapGrowthMegabytes} MB`);
      assert.ok(
        residentGrowthMegabytes < RESIDENT_MEGABYTES,
        `resident memory grew by ${residentGrowthMegabytes} MB`,
      );
    });
  }
});

/** The key that holds the embedded token service to the rules of a profile. */

import { z } from 'zod';

/** Of `token_service.embedded`. */
export const profileKeys = {
  profile: z
    .enum(['fapi_2_0'])
    .optional()
    .describe(
      'fapi_2_0: the FAPI 2.0 Security Profile. What it demands is turned on, pushed authorization requests among it, and a configuration with anything that it forbids is refused, each thing with its place. See docs/token-service.md.',
    ),
} as const;

/** The keys of the embedded token service over time. */

import { z } from 'zod';

import { lifetime } from './values.ts';

export const signingKeys = z
  .strictObject({
    algorithms: z
      .array(z.enum(['ES256', 'RS256', 'PS256']))
      .min(1)
      .default(['ES256', 'RS256'])
      .describe(
        'Algorithms for which there are keys. The first signs access tokens. OpenID Connect demands RS256 of every server; FAPI takes PS256 and ES256 only.',
      ),
    rotate_every: lifetime.prefault('90d').describe('How long a key signs.'),
    publish_before: lifetime
      .prefault('1d')
      .describe(
        'How long a key is published before it signs, at least 5m. Whoever verifies tokens must fetch the key set more often than this.',
      ),
    keep: lifetime
      .prefault('15d')
      .describe(
        'How long a key is published after it signed: longer than the tokens live that it signed, and than logins, whose cookies and ID tokens are verified with it.',
      ),
  })
  .prefault({})
  .describe(
    'The keys that sign tokens and cookies. They are made by the service, live in the store, and change together.',
  );

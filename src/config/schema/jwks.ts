/** The keys of how the key sets of clients are fetched. */

import { z } from 'zod';

import { duration, file } from './values.ts';

export const jwks = z
  .strictObject({
    ca: z
      .array(file)
      .default([])
      .describe(
        'PEM files of the only CAs of the certificates of these servers. Empty: the public roots. The certificates are always verified.',
      ),
    max_age: duration
      .prefault('5m')
      .describe(
        'How long a key set is used before the next one is fetched. A key that is withdrawn counts for so long.',
      ),
    max_stale: duration
      .prefault('24h')
      .describe(
        'How long a key set is used where the next one can not be had; at least max_age. Beyond it the clients are refused.',
      ),
    cooldown: duration
      .prefault('30s')
      .describe(
        'From one fetch of a key set to the next, whatever came of it. Certificates with unknown keys can not make the gateway ask more often.',
      ),
    timeout: duration.prefault('5s').describe('Longest wait for a key set; requests wait with it.'),
  })
  .prefault({})
  .describe('How the key sets behind the jwks_uri of clients are fetched.');

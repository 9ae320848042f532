/** The keys of reloading: when a configuration is read again. */

import { z } from 'zod';

import { duration } from './values.ts';

export const reload = z
  .strictObject({
    watch: z
      .boolean()
      .default(true)
      .describe(
        'Reloads by itself when the configuration or a file that it names has changed, also by a swapped symbolic link. SIGHUP and POST /reload work in any case.',
      ),
    settle: duration
      .prefault('1s')
      .describe(
        'For so long the files must have stayed as they are before they are read: whoever writes them is then likely to be done.',
      ),
  })
  .prefault({})
  .describe('When the configuration is read again. See docs/operations.md.');

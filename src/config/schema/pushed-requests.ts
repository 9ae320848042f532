/** Keys about pushed authorization requests (RFC 9126) at the embedded token service. */

import { z } from 'zod';

/** Of `token_service.embedded`. */
export const pushedRequestKeys = {
  require_pushed_authorization_requests: z
    .boolean()
    .optional()
    .describe(
      'Takes authorization requests only where the client has pushed them before (RFC 9126). Absent: false.',
    ),
} as const;

/** Of a client. */
export const clientPushedRequestKeys = {
  require_pushed_authorization_requests: z
    .boolean()
    .optional()
    .describe(
      'RFC 9126 section 6, at the embedded token service. true: authorization requests of this client must be pushed. Absent or false: as token_service.embedded has it.',
    ),
} as const;

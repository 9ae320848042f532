/** The keys of one route: what is demanded below a path, and what may pass there. */

import { z } from 'zod';

import { bytes, routePath } from './values.ts';

export const route = z.strictObject({
  path: routePath.describe(
    'A path, or a prefix that ends in /*: /admin/* is /admin and all below it, /* everything. Of several the longest counts.',
  ),
  client_certificate: z
    .enum(['ignore', 'want', 'require', 'require_trusted', 'forbid'])
    .optional()
    .describe(
      'ignore: the certificate is not looked at, not forwarded and bound to nothing. want: it is used where there is one. require: a certificate must be presented; anyone can make one. require_trusted: one that a CA of client_ca vouches for; a registered self-signed one is refused. forbid: a request with a certificate is refused. Left out: as the next shorter route has it, want where there is none. A listener with client_certificate: require refuses requests without one before.',
    ),
  max_body_bytes: bytes
    .max(1_099_511_627_776)
    .optional()
    .describe(
      'Largest request body that passes, in place of the one of the listener. Left out: as the next shorter route has it.',
    ),
  upgrade: z
    .boolean()
    .optional()
    .describe(
      'Lets WebSocket connections pass to the upstream. What they carry is not looked at. Left out: as the next shorter route has it, false where there is none.',
    ),
});

/** The keys of what holds for all listeners together: how often clients may ask, and overload. */

import { z } from 'zod';

import { addressRange } from './address-range.ts';
import { bytes, duration, rate, routePath } from './values.ts';

const rule = z.strictObject({
  paths: z
    .array(routePath)
    .min(1)
    .default(['/*'])
    .describe(
      'Which requests count, together: paths, or prefixes that end in /*. In whatever spelling a server may take for one of them.',
    ),
  rate: rate.describe('Requests in a time, such as 20/s, 600/m or 1000/h.'),
  burst: z
    .number()
    .int()
    .positive()
    .max(1_000_000)
    .optional()
    .describe('Requests that may come at once after a pause. Absent: the number in rate.'),
});

export const rateLimits = z
  .strictObject({
    per_address: z
      .array(rule)
      .max(16)
      .default([])
      .describe(
        'Limits for each client address: IPv4, or the /64 of IPv6. It is the address in the log: the one that a believed load balancer tells where there is one. Judged before anything else is done for the request.',
      ),
    per_client: z
      .array(rule)
      .max(16)
      .default([])
      .describe(
        'Limits for each client that has authenticated at an OAuth endpoint. A client_id that is only claimed is not counted, so nobody can use up the tokens of another; public clients, and credentials that only the server behind can verify, count by address.',
      ),
    exempt_addresses: z
      .array(addressRange)
      .default([])
      .describe('Addresses and ranges (CIDR) to which per_address does not apply.'),
  })
  .prefault({})
  .describe(
    'How often clients may ask. A request beyond a rule is answered 429 with Retry-After, reason rate_exceeded. Without rules nothing is limited. Each gateway counts on its own, its workers together. See docs/limits.md.',
  );

export const overload = z
  .strictObject({
    max_requests: z
      .number()
      .int()
      .positive()
      .default(10_000)
      .describe(
        'Requests in hand at once over all connections, WebSockets among them; one more is answered 503. No more than fit into the memory at 100 kB each, which bounds what HTTP/2 clients can make the process hold.',
      ),
    max_event_loop_delay: duration
      .prefault('500ms')
      .describe(
        'By how much the event loop may be late, on the mean of half a second. Where it is twice in a row, a growing share of new requests is answered 503 and of new connections closed.',
      ),
    max_memory_percent: z
      .number()
      .int()
      .min(10)
      .max(100)
      .default(85)
      .describe(
        'Share of memory_limit, and of the heap that Node allows itself, beyond which no more connections are taken than there are, and a growing share of requests is answered 503.',
      ),
    memory_limit: bytes
      .optional()
      .describe(
        'Memory in octets that this process may use. Absent: that of its container (cgroup), else that of the machine; each worker has its share of it. Set it where several processes share a container.',
      ),
  })
  .prefault({})
  .describe('What is done where there is more work than the process can do. See docs/limits.md.');

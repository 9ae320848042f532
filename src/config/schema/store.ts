/** The keys of the store. */

import { z } from 'zod';

import { duration, file } from './values.ts';

export const store = z
  .strictObject({
    engine: z
      .enum(['sqlite', 'memory', 'redis', 'postgres'])
      .default('sqlite')
      .describe(
        'sqlite: a file, survives restart and power loss, for one machine. redis, postgres: a server that replicas share; what they survive is a matter of its settings, and a warning at start says where it forgets. memory: gone with the process.',
      ),
    path: file
      .default('data/certbound.sqlite')
      .describe(
        'The database file of the sqlite engine. Its log and a reserve of 8 MiB lie beside it.',
      ),
    url: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Address of the server of the redis engine (redis:// or rediss://) or the postgres engine (postgres://), with user and password; better given as ${VARIABLE} of the environment. Its TLS certificate is always verified.',
      ),
    ca: z
      .array(file)
      .default([])
      .describe(
        "PEM files of the CAs of the server's certificate. postgres then demands TLS. Empty: the public roots.",
      ),
    max_connections: z
      .number()
      .int()
      .positive()
      .max(1_000)
      .default(10)
      .describe('Connections of the postgres engine, for each process.'),
    max_records: z
      .number()
      .int()
      .positive()
      .default(5_000_000)
      .describe(
        'Records held at once; a full store refuses new tokens, it never drops a live one.',
      ),
    timeout: duration
      .prefault('2s')
      .describe('Longest wait for one operation; beyond it the answer is 503.'),
  })
  .prefault({})
  .describe('Where bindings and the records of the embedded token service live.');

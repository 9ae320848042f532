/** The keys of the management listener. */

import { z } from 'zod';

import { address, file } from './values.ts';

export const management = z
  .strictObject({
    address: address
      .prefault('127.0.0.1:9464')
      .describe(
        'Address of the management listener: /metrics, /livez, /readyz, the status page at / and /status.json, POST /explain, POST /reload. Plain HTTP. On an address that is not loopback, whoever has no token gets metrics and probes alone, the probes without what is wrong.',
      ),
    token_file: file
      .optional()
      .describe(
        'File that holds a bearer token of 32 characters or more (openssl rand -hex 32); one line ending is dropped. Whoever sends it may ask for everything; every POST needs it, from this machine too. Absent: there is no POST. It travels over plain HTTP: off this machine let nobody listen.',
      ),
  })
  .prefault({})
  .describe('The management listener, apart from traffic.');

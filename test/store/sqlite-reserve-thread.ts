/** Another user of a reserve, which takes all of it. */

import { workerData } from 'node:worker_threads';

import { RESERVE_BYTES, createReserve } from '../../src/store/sqlite-reserve.ts';

createReserve(workerData as string).fill(RESERVE_BYTES);

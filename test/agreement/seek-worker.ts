/** Seeks in a thread of its own. */

import { parentPort, workerData } from 'node:worker_threads';

import { seek } from './seek.ts';
import type { SeekTask } from './seek.ts';

parentPort?.postMessage(await seek(workerData as SeekTask));

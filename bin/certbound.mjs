#!/usr/bin/env node
/** The command `certbound`. */

import process from 'node:process';
import { launch } from './launch.mjs';

await launch('src/main.ts', process.argv.slice(2));

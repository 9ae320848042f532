/** A server of Node that asks for certificates and answers by itself. Arguments: port, folder. */

import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import process from 'node:process';

import { FILES } from '../material.ts';

const [port = '', folder = ''] = process.argv.slice(2);
const file = (name: string): Buffer => readFileSync(`${folder}/${name}`);

const server = createServer(
  {
    key: file(FILES.serverKey),
    cert: file(FILES.server),
    ca: file(FILES.ca),
    requestCert: true,
    rejectUnauthorized: false,
    keepAliveTimeout: 600_000,
  },
  (_, response) => response.setHeader('content-length', '17').end('{"hello":"world"}'),
);
server.listen(Number(port), '127.0.0.1', 4_096);

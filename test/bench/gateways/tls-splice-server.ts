/**
 * The floor of a proxy on Node: ends TLS and hands every byte on as it is, both ways. No HTTP is read
 * and no certificate added. Arguments: port, folder of the certificates, port of the upstream.
 */

import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import process from 'node:process';
import { createServer } from 'node:tls';

import { FILES } from '../material.ts';

const [port = '', folder = '', upstream = ''] = process.argv.slice(2);
const file = (name: string): Buffer => readFileSync(`${folder}/${name}`);

const options = {
  key: file(FILES.serverKey),
  cert: file(FILES.server),
  ca: file(FILES.ca),
  requestCert: true,
  rejectUnauthorized: false,
  noDelay: true,
};
createServer(options, (client) => {
  const server = connect({ port: Number(upstream), host: '127.0.0.1', noDelay: true });
  const end = (): void => {
    client.destroy();
    server.destroy();
  };
  client.on('data', (bytes) => server.write(bytes)).on('error', end);
  server.on('data', (bytes) => client.write(bytes)).on('error', end);
  client.on('close', end);
  server.on('close', end);
}).listen(Number(port), '127.0.0.1');

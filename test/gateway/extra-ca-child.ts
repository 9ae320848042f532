/** Starts the program and tells what it makes of a certificate of its own CA and of another's. */

import process from 'node:process';

import { httpsRequest } from '../support/https-client.ts';
import { EMBEDDED, startGateway } from '../support/running-gateway.ts';

const { CERT = '', KEY = '' } = process.env;

const gateway = await startGateway({ yaml: EMBEDDED });
const { port, ca, pkiClient } = gateway;
for (const certificate of [pkiClient, { certificatePem: CERT, privateKeyPem: KEY }]) {
  await httpsRequest({ port, ca, path: '/', ...certificate });
}
await gateway.close();
const requests = gateway.log().filter(({ msg }) => msg === 'request');
process.stdout.write(requests.map(({ certificate }) => String(certificate)).join(' '));

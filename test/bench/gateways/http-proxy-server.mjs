/** A gateway as one writes it in an afternoon with http-proxy. Arguments: port, upstream port, folder. */

import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { createServer } from 'node:https';
import process from 'node:process';

// The benchmark's own package of this name, where the project has another one.
const { default: httpProxy } = await import('http-proxy');

const [port, upstreamPort, folder] = process.argv.slice(2);
const proxy = httpProxy.createProxyServer({
  target: `http://127.0.0.1:${upstreamPort}`,
  agent: new Agent({ keepAlive: true, maxSockets: 128 }),
});
const options = {
  key: readFileSync(`${folder}/server-key.pem`),
  cert: readFileSync(`${folder}/server.pem`),
  ca: readFileSync(`${folder}/ca.pem`),
  requestCert: true,
  rejectUnauthorized: false,
};
createServer(options, (request, response) => {
  const { raw } = request.socket.getPeerCertificate();
  if (raw !== undefined) request.headers['x-client-cert'] = raw.toString('base64');
  proxy.web(request, response, undefined, () => response.destroy());
}).listen(Number(port), '127.0.0.1');

/** The load balancers of deploy/load-balancers, as their shipped files and the real programs have them. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { codecFor } from '../../src/certificate/header/codecs.ts';
import type { HeaderFormat } from '../../src/certificate/header/header-codec.ts';
import { startApache, withoutApache } from '../support/apache.ts';
import { startCaddy, withoutCaddy } from '../support/caddy.ts';
import { DOOR, startHaproxyWith, withoutHaproxy } from '../support/haproxy.ts';
import { startNginx, withoutNginx, withoutNginxStream } from '../support/nginx.ts';
import type { Issued } from '../support/pki.ts';
import { shippedFile } from './shipped-files.ts';

export interface Balancer {
  readonly file: string;
  /** The listener of the gateway behind it. */
  readonly listener: string;
  /** Why its tests are skipped; false where the program is installed. */
  readonly skip: string | false;
  /** Absent: it passes TLS on. */
  readonly format?: HeaderFormat;
  /** Starts it in front of a port of 127.0.0.1 and resolves to its own. */
  readonly start: (t: TestContext, front: Front) => Promise<number>;
}

export interface Front {
  readonly behind: number;
  readonly files: Readonly<Record<string, string>>;
  /** A change of the shipped file beside those of every machine. */
  readonly change?: Readonly<Record<string, string>>;
}

const GATEWAY = '10.0.2.11:9443';
const to = (port: number): Readonly<Record<string, string>> => ({ [GATEWAY]: `127.0.0.1:${port}` });
const NAME = { 'gateway.example': 'localhost' };

export const BALANCERS: readonly Balancer[] = [
  {
    file: 'nginx-tunnel.conf',
    listener: 'certbound-tunnel.yaml',
    skip: withoutNginxStream,
    start: async (t, { behind, files, change = {} }) => {
      const text = await shippedFile('nginx-tunnel.conf', { ...to(behind), ...change });
      const directives = (port: number) => text.replace('listen 443;', `listen 127.0.0.1:${port};`);
      return startNginx(t, { within: 'main', directives, files });
    },
  },
  {
    file: 'haproxy-tunnel.cfg',
    listener: 'certbound-tunnel.yaml',
    skip: withoutHaproxy,
    start: async (t, { behind, files, change = {} }) => {
      const own = { ...to(behind), 'bind :443': `bind ${DOOR}` };
      const config = await shippedFile('haproxy-tunnel.cfg', { ...own, ...change });
      return startHaproxyWith(t, { config, files });
    },
  },
  {
    file: 'nginx-terminating.conf',
    listener: 'certbound-nginx.yaml',
    skip: withoutNginx,
    format: 'nginx',
    start: async (t, { behind, files, change = {} }) => {
      const own = { ...to(behind), ...NAME, '/etc/nginx/certbound/': '' };
      const text = await shippedFile('nginx-terminating.conf', { ...own, ...change });
      const directives = (port: number) =>
        text.replace('listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`);
      return startNginx(t, { within: 'http', directives, files });
    },
  },
  {
    file: 'haproxy-terminating.cfg',
    listener: 'certbound-haproxy.yaml',
    skip: withoutHaproxy,
    format: 'haproxy',
    start: async (t, { behind, files, change = {} }) => {
      const own = { ...to(behind), ...NAME, '/etc/haproxy/certbound/': '' };
      const config = await shippedFile('haproxy-terminating.cfg', {
        ...own,
        'bind :443': `bind ${DOOR}`,
        ...change,
      });
      return startHaproxyWith(t, { config, files: { ...files, ...inOneFile(files) } });
    },
  },
  {
    file: 'apache-terminating.conf',
    listener: 'certbound-apache.yaml',
    skip: withoutApache,
    format: 'apache',
    start: async (t, { behind, files, change = {} }) => {
      const own = { ...to(behind), '/etc/apache2/certbound/': '' };
      const text = await shippedFile('apache-terminating.conf', { ...own, ...change });
      const site = (port: number) => text.replace('<VirtualHost *:443>', `<VirtualHost *:${port}>`);
      return startApache(t, { site, files: { ...files, ...inOneFile(files) } });
    },
  },
  {
    file: 'caddy-terminating.caddyfile',
    listener: 'certbound-caddy.yaml',
    skip: withoutCaddy,
    format: 'caddy',
    start: async (t, { behind, files, change = {} }) => {
      const own = { ...to(behind), ...NAME, '/etc/caddy/certbound/': '' };
      const text = await shippedFile('caddy-terminating.caddyfile', { ...own, ...change });
      const sites = (port: number) =>
        text.replace('https://:443 {', `https://:${port} {\n\tbind 127.0.0.1`);
      return startCaddy(t, { sites, files });
    },
  },
];

/** HAProxy and Apache want the key beside the certificate. */
function inOneFile(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const joined = (name: string) => [`${name}.pem`, `${name}-key.pem`].map((at) => files[at] ?? '');
  return { 'server.pem': joined('server').join(''), 'balancer.pem': joined('balancer').join('') };
}

/** The files that the shipped configurations name; the gateway's folder holds the server's own. */
export async function balancerFiles(
  folder: string,
  { balancer, clientCa }: { readonly balancer: Issued; readonly clientCa: string },
): Promise<Readonly<Record<string, string>>> {
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  return {
    'server.pem': await read('server.pem'),
    'server-key.pem': await read('server-key.pem'),
    'gateway-ca.pem': await read('ca.pem'),
    'client-ca.pem': clientCa,
    'balancer.pem': balancer.certificatePem,
    'balancer-key.pem': balancer.privateKeyPem,
  };
}

/** The shipped `listeners` section for the machine of the test. */
export function listenerFor({ listener, format }: Balancer, balancer: Issued): Promise<string> {
  return shippedFile(listener, {
    '0.0.0.0:9443': '127.0.0.1:0',
    '10.0.1.10': '127.0.0.1',
    'tls/': '',
    ...(format !== undefined && { THUMBPRINT_OF_BALANCER_PEM: balancer.thumbprint }),
  });
}

/** Names of the headers by which a client might pretend to be another one. */
export function headerNamesOf(format: HeaderFormat): readonly string[] {
  const codec = codecFor(format);
  return codec.fieldNames(codec.names);
}

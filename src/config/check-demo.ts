/** Demo material is known to everybody who reads the documentation: it serves loopback only. */

import { BlockList, isIP } from 'node:net';

import type { ClientCertificate } from '../certificate/client-certificate.ts';
import { formatPasswordHash } from '../users/password-hash.ts';
import type { User } from '../users/users-file.ts';
import type { CheckedClient } from './check-clients.ts';
import type { CheckedListener } from './check-listeners.ts';
import type { Report } from './report.ts';
import type { Config } from './schema.ts';

/** The organization in every certificate of the demo PKI. */
export const DEMO_ORGANIZATION = 'certbound demo';
/** The attribute type organizationName (RFC 4519 section 2.19). */
const ORGANIZATION_NAME = '2.5.4.10';
/** The secrets of the demo: of the introspection caller, and of the client that has one. */
const DEMO_SECRETS: ReadonlySet<unknown> = new Set(['admin', 'dSw8sxIFG83N8gmLDqz5HPwrKT4a']);
/** The hash of the password `admin` that the demo gives its user, as a PHC string. */
export const DEMO_PASSWORD_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$8hxxkMBeq91ruiJ1poyjfA$tG5pBWUF2QJQ48yCALHH3IZKLqmblv1NZ8PFSi7xv1s';

/**
 * Refuses demo material on an address that is not loopback, unless the configuration has
 * `demo: {allow_any_address: true}`. Demo material is a `demo` section, a client with the demo
 * secret, a user with the demo password, or a certificate of the demo PKI.
 */
export function refuseExposedDemo(seen: {
  readonly config: Config;
  readonly listeners: readonly CheckedListener[];
  readonly clients: readonly CheckedClient[];
  readonly users: readonly User[];
  readonly report: Report;
}): void {
  const { config, report } = seen;
  if (config.demo?.allow_any_address === true) return;
  const found = findDemoMaterial(seen);
  if (found === undefined) return;
  config.listeners.forEach(({ address: { host } }, index) => {
    if (isLoopback(host)) return;
    report.add(
      ['listeners', index, 'address'],
      `demo material serves loopback addresses only, and this configuration has ${found}`,
    );
  });
}

/** Returns whether a host is 127.0.0.0/8, ::1 or localhost. Any other name is not believed to be. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  const family = isIP(host);
  if (family === 0) return false;
  return loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

function findDemoMaterial({
  config,
  listeners,
  clients,
  users,
}: {
  readonly config: Config;
  readonly listeners: readonly CheckedListener[];
  readonly clients: readonly CheckedClient[];
  readonly users: readonly User[];
}): string | undefined {
  if (config.demo !== undefined) return 'a demo section';
  const client = clients.find(({ material }) => DEMO_SECRETS.has(material.secret));
  if (client !== undefined) return `a demo secret at client "${client.material.config.client_id}"`;
  const user = users.find(({ hash }) => formatPasswordHash(hash) === DEMO_PASSWORD_HASH);
  if (user !== undefined) return `the demo password at user "${user.name}"`;
  const holders = [
    ...listeners.map(({ material, certificates }) => ({
      name: `listener "${material.config.name}"`,
      certificates,
    })),
    ...clients.map(({ material, certificates }) => ({
      name: `client "${material.config.client_id}"`,
      certificates: certificates.map(({ facts }) => facts),
    })),
  ];
  const holder = holders.find(({ certificates }) => certificates.some(isDemoCertificate));
  return holder && `a demo certificate at ${holder.name}`;
}

function isDemoCertificate({ subject }: ClientCertificate): boolean {
  return subject
    .flat()
    .some(({ type, value }) => type === ORGANIZATION_NAME && value === DEMO_ORGANIZATION);
}

/** Listeners: their addresses, and the files of each. */

import type { ClientCertificate } from '../certificate/client-certificate.ts';
import { checkLoadBalancer } from './check-load-balancer.ts';
import { readServerCertificate } from './check-server-certificate.ts';
import { readServerNames } from './check-server-names.ts';
import { readTicketSecret } from './check-sessions.ts';
import type { ListenerMaterial } from './material.ts';
import { readTrustStores } from './check-trust-stores.ts';
import type { KeyPath } from './positions.ts';
import type { Report } from './report.ts';
import type { Config, ListenerConfig } from './schema.ts';

export interface CheckedListener {
  readonly material: ListenerMaterial;
  /** Every certificate that its files hold. */
  readonly certificates: readonly ClientCertificate[];
}

/** Refuses names and addresses that stand twice; port 0 is a different port each time. */
export function checkAddresses(config: Config, report: Report): void {
  const names = new Set<string>();
  const addresses = new Set<string>();
  config.listeners.forEach(({ name, address: { host, port } }, index) => {
    if (names.has(name)) report.add(['listeners', index, 'name'], `"${name}" is used twice`);
    names.add(name);
    const address = `${host.toLowerCase()}:${port}`;
    if (port !== 0 && addresses.has(address)) {
      report.add(['listeners', index, 'address'], `${address} is used twice`);
    }
    addresses.add(address);
  });
  const { host, port } = config.management.address;
  const address = `${host.toLowerCase()}:${port}`;
  if (port !== 0 && addresses.has(address)) {
    report.add(['management', 'address'], `${address} is used by a listener`);
  }
}

/** Reads and checks the files of one listener; undefined when a problem was reported. */
export async function checkListener(
  config: ListenerConfig,
  { index, now, report }: { readonly index: number; readonly now: number; readonly report: Report },
): Promise<CheckedListener | undefined> {
  const keyPath: KeyPath = ['listeners', index];
  const balancerCertificates = checkLoadBalancer(config, keyPath, report);
  const place = { keyPath, now, report };
  const [server, named, tickets, clientCas] = await Promise.all([
    readServerCertificate(config, place),
    readServerNames(config, place),
    readTicketSecret(config, keyPath, report),
    readTrustStores(config, keyPath, report),
  ]);
  if (server === undefined || named === undefined || clientCas === undefined) return undefined;
  if (tickets === undefined) return undefined;
  const { certificates, certificatePem, privateKeyPem } = server;
  return {
    material: {
      config,
      certificatePem,
      privateKeyPem,
      serverNames: named.map((own) => ({
        certificatePem: own?.certificatePem ?? certificatePem,
        privateKeyPem: own?.privateKeyPem ?? privateKeyPem,
      })),
      ...tickets,
      clientCas: clientCas.map(({ der }) => der),
      balancerCertificates,
    },
    certificates: [
      ...certificates,
      ...named.flatMap((own) => own?.certificates ?? []),
      ...clientCas,
    ],
  };
}

/** Listeners: their addresses, and the certificate, key and CA files of each. */

import { createSecureContext } from 'node:tls';

import type { ClientCertificate } from '../certificate/client-certificate.ts';
import { writePem } from '../certificate/pem.ts';
import { readCertificateFile, readPrivateKeyFile } from './certificate-files.ts';
import type { FoundCertificate } from './certificate-files.ts';
import { checkLoadBalancer } from './check-load-balancer.ts';
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
  const [server, clientCas] = await Promise.all([
    readServerCertificate(config, { keyPath, now, report }),
    readTrustStores(config, keyPath, report),
  ]);
  if (server === undefined || clientCas === undefined) return undefined;
  return {
    material: {
      config,
      certificatePem: server.certificates.map(({ facts }) => writePem(facts.der)).join(''),
      privateKeyPem: server.privateKeyPem,
      clientCas: clientCas.map(({ der }) => der),
      balancerCertificates,
    },
    certificates: [...server.certificates.map(({ facts }) => facts), ...clientCas],
  };
}

interface ServerCertificate {
  readonly certificates: readonly FoundCertificate[];
  readonly privateKeyPem: string;
}

async function readServerCertificate(
  config: ListenerConfig,
  {
    keyPath,
    now,
    report,
  }: { readonly keyPath: KeyPath; readonly now: number; readonly report: Report },
): Promise<ServerCertificate | undefined> {
  const certificateKey = [...keyPath, 'certificate'];
  const privateKeyKey = [...keyPath, 'private_key'];
  const certificateShown = report.shown(certificateKey, config.certificate);
  const keyShown = report.shown(privateKeyKey, config.private_key);
  const [found, keyFound] = await Promise.all([
    readCertificateFile(config.certificate, certificateShown),
    readPrivateKeyFile(config.private_key, keyShown),
  ]);
  if ('problem' in found) report.add(certificateKey, found.problem);
  if ('problem' in keyFound) report.add(privateKeyKey, keyFound.problem);

  if ('problem' in found) return undefined;
  const [leaf] = found.certificates;
  if (leaf.facts.notAfter < now) {
    const expiry = new Date(leaf.facts.notAfter).toISOString();
    report.add(certificateKey, `${certificateShown} expired on ${expiry}`);
  }
  if (leaf.facts.notBefore > now) {
    const start = new Date(leaf.facts.notBefore).toISOString();
    report.add(certificateKey, `${certificateShown} is not valid before ${start}`);
  }
  if ('problem' in keyFound) return undefined;
  if (!leaf.x509.checkPrivateKey(keyFound.key)) {
    report.add(privateKeyKey, `${keyShown} is not the key of ${certificateShown}`);
    return undefined;
  }
  const { certificates } = found;
  const privateKeyPem = keyFound.key.export({ type: 'pkcs8', format: 'pem' });
  const refusal = tlsRefusal(certificates, privateKeyPem);
  if (refusal !== undefined) {
    report.add(certificateKey, `${certificateShown} can't be used for TLS: ${refusal}`);
    return undefined;
  }
  return { certificates, privateKeyPem };
}

/** Asks OpenSSL, which has rules of its own (a security level, key types), before a client does. */
function tlsRefusal(
  certificates: readonly FoundCertificate[],
  privateKeyPem: string,
): string | undefined {
  try {
    createSecureContext({
      cert: certificates.map(({ facts }) => writePem(facts.der)).join(''),
      key: privateKeyPem,
    });
    return undefined;
  } catch (error) {
    if (error instanceof Error && 'reason' in error) return String(error.reason);
    return error instanceof Error ? error.message : 'OpenSSL refuses it';
  }
}

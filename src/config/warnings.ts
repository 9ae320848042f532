/** What the gateway can start with, and will fail somebody all the same: now, or before long. */

import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

import { spellDistinguishedName } from '../certificate/name/distinguished-name-spelling.ts';
import type { ConfigProblem } from '../errors.ts';
import { configuredCertificates, serverChains } from './configured-certificates.ts';
import { inFileOrder } from './load.ts';
import type { LoadedConfig } from './load.ts';
import type { Material } from './material.ts';
import type { KeyPath } from './positions.ts';

export interface WarningOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Certificates that end within this time are told. */
  readonly withinMs: number;
}

/** Returns them with their places, in the order of the file. */
export function findWarnings(
  loaded: LoadedConfig,
  material: Material,
  options: WarningOptions,
): readonly ConfigProblem[] {
  const warnings: ConfigProblem[] = [];
  const warn = (keyPath: KeyPath, text: string): void => {
    warnings.push(loaded.problemAt(keyPath, text));
  };
  warnOfExpiry(material, options, warn);
  warnOfOldLists(material, options, warn);
  warnOfChains(material, warn);
  warnOfNames(loaded, material, warn);
  return inFileOrder(warnings);
}

type Warn = (keyPath: KeyPath, text: string) => void;

function warnOfExpiry(material: Material, { now, withinMs }: WarningOptions, warn: Warn): void {
  for (const { keyPath, certificate } of configuredCertificates(material)) {
    const { subject, notAfter, notBefore, thumbprint } = certificate;
    const name = `${spellDistinguishedName(subject)} (${thumbprint})`;
    if (notAfter < now) warn(keyPath, `${name} expired on ${dateOf(notAfter)}`);
    else if (notAfter - now < withinMs) warn(keyPath, `${name} expires on ${dateOf(notAfter)}`);
    if (notBefore > now) warn(keyPath, `${name} is not valid before ${dateOf(notBefore)}`);
  }
}

/** A list counts until its next update; past it, nothing is known about what its CA issued. */
function warnOfOldLists({ crls }: Material, { now }: WarningOptions, warn: Warn): void {
  [...crls.values()].forEach((lists, index) => {
    for (const { issuer, nextUpdate } of lists) {
      if (nextUpdate >= now) continue;
      const name = spellDistinguishedName(issuer);
      const text = `the list of ${name} is past its next update, ${dateOf(nextUpdate)}`;
      warn(['revocation', 'crl_files', index], text);
    }
  });
}

/** Clients follow a chain upwards; many find no way past one that is missing or out of order. */
function warnOfChains({ listeners }: Material, warn: Warn): void {
  listeners.forEach((listener, index) => {
    for (const { keyPath, chain } of serverChains(listener, index)) {
      const certificates = chain.map((der) => new X509Certificate(der));
      const broken = certificates.findIndex((each, at) => {
        const next = certificates[at + 1];
        return next !== undefined && !(each.checkIssued(next) && each.verify(next.publicKey));
      });
      if (broken === -1) continue;
      warn(
        keyPath,
        `certificate ${broken + 2} of the file did not issue certificate ${broken + 1}`,
      );
    }
  });
}

/** Names that clients connect to, and that no certificate of the listener is for. */
function warnOfNames({ config }: LoadedConfig, { listeners }: Material, warn: Warn): void {
  listeners.forEach(({ config: listener, serverNames }, index) => {
    listener.server_names.forEach(({ names }, entry) => {
      const leaf = leafOf(serverNames[entry]?.certificatePem ?? '');
      names.forEach((name, at) => {
        if (isFor(leaf, name)) return;
        const keyPath = ['listeners', index, 'server_names', entry, 'names', at];
        warn(keyPath, `the certificate is not for "${name}"`);
      });
    });
  });
  const { token_service: service } = config;
  // Behind a balancer that ends TLS, clients see its certificate and none of these.
  if (!('embedded' in service) || config.listeners.some(endsElsewhere)) return;
  const { hostname } = new URL(service.embedded.issuer);
  const pems = listeners.flatMap((each) => [each, ...each.serverNames]);
  if (pems.some(({ certificatePem }) => isFor(leafOf(certificatePem), hostname))) return;
  const text = `no listener has a certificate for "${hostname}"`;
  warn(['token_service', 'embedded', 'issuer'], text);
}

function endsElsewhere(listener: LoadedConfig['config']['listeners'][number]): boolean {
  return listener.from_load_balancer !== undefined;
}

/** The first of a text that was checked; the key beside it belongs to it. */
function leafOf(pem: string): X509Certificate {
  return new X509Certificate(pem);
}

function isFor(leaf: X509Certificate, name: string): boolean {
  const address = /^\[(.*)\]$/.exec(name)?.[1] ?? name;
  if (isIP(address) !== 0) return leaf.checkIP(address) !== undefined;
  // Whatever stands for the star; RFC 6125 lets it be one label.
  return leaf.checkHost(name.replace(/^\*\./, 'any.')) !== undefined;
}

function dateOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

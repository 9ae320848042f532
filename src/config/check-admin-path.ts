/** One admin path: its certificates and issuers, and the users that each of them may name. */

import { readDistinguishedNameSpelling } from '../certificate/name/distinguished-name-spelling.ts';
import { sameDistinguishedName } from '../certificate/name/distinguished-name.ts';
import type { DistinguishedName } from '../certificate/name/distinguished-name.ts';
import { writtenNames } from '../certificate/header/header-choice.ts';
import { parseThumbprint } from '../certificate/thumbprint.ts';
import type { Thumbprint } from '../certificate/thumbprint.ts';
import { CertificateError } from '../errors.ts';
import { RESERVED_HEADER } from './check-certificate-headers.ts';
import { takesCertificates } from './listener-modes.ts';
import type { KeyPath } from './positions.ts';
import type { Report } from './report.ts';
import type { AdminPathConfig, Config } from './schema.ts';

export interface AdminPathMaterial {
  readonly config: AdminPathConfig;
  /** Certificates that may name users, whoever issued them. */
  readonly certificates: readonly Thumbprint[];
  /** CAs whose certificates may. */
  readonly issuers: readonly DistinguishedName[];
  readonly usersByCertificate: readonly {
    readonly thumbprint: Thumbprint;
    readonly users: AdminUsers;
  }[];
  readonly usersByIssuer: readonly {
    readonly issuer: DistinguishedName;
    readonly users: AdminUsers;
  }[];
  /** Whether one of the thumbprints is SHA-1. */
  readonly usesSha1: boolean;
}

export type AdminUsers = ReadonlySet<string> | 'every';

/** What a header may name; keep in step with oauth/admin-user.ts. */
const USER_NAME = /^[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?$/;

interface Scope {
  readonly index: number;
  readonly config: Config;
  readonly report: Report;
}

export function readAdminPath(
  admin: AdminPathConfig,
  { index, config, report }: Scope,
): AdminPathMaterial {
  const keyPath: KeyPath = ['admin_paths', index];
  checkListeners(admin, { keyPath, config, report });
  checkHeaders(admin, { keyPath, config, report });
  const readThumbprint = (text: string, place: KeyPath) =>
    thumbprintFor(text, admin, place, report);
  const certificates = admin.certificate_thumbprints
    .map((text, at) => readThumbprint(text, [...keyPath, 'certificate_thumbprints', at]))
    .filter((thumbprint) => thumbprint !== undefined);
  const issuers = admin.trusted_issuers
    .map((text, at) => issuerOf(text, [...keyPath, 'trusted_issuers', at], report))
    .filter((issuer) => issuer !== undefined);
  if (certificates.length + issuers.length === 0) {
    report.add(keyPath, 'expected certificate_thumbprints or trusted_issuers: nobody could pass');
  }
  if (Object.keys(admin.users).length === 0) report.add([...keyPath, 'users'], 'names nobody');
  const usersByCertificate: AdminPathMaterial['usersByCertificate'][number][] = [];
  const usersByIssuer: AdminPathMaterial['usersByIssuer'][number][] = [];
  for (const [key, names] of Object.entries(admin.users)) {
    const place = [...keyPath, 'users', key];
    const users = usersOf(names, place, report);
    if (parseThumbprint(key) !== undefined) {
      const thumbprint = readThumbprint(key, place);
      if (thumbprint === undefined) continue;
      if (issuers.length === 0 && !certificates.some((each) => isSame(each, thumbprint))) {
        report.add(place, 'is not among certificate_thumbprints, and there are no trusted_issuers');
      }
      usersByCertificate.push({ thumbprint, users });
      continue;
    }
    const issuer = issuerOf(key, place, report);
    if (issuer === undefined) continue;
    if (!issuers.some((each) => sameDistinguishedName(each, issuer))) {
      report.add(place, 'is not among trusted_issuers');
    }
    usersByIssuer.push({ issuer, users });
  }
  const thumbprints = [...certificates, ...usersByCertificate.map((each) => each.thumbprint)];
  const usesSha1 = thumbprints.some(({ algorithm }) => algorithm === 'sha1');
  return { config: admin, certificates, issuers, usersByCertificate, usersByIssuer, usesSha1 };
}

function checkListeners(
  { listeners }: AdminPathConfig,
  { keyPath, config, report }: Omit<Scope, 'index'> & { readonly keyPath: KeyPath },
): void {
  listeners.forEach((name, at) => {
    const place = [...keyPath, 'listeners', at];
    const listener = config.listeners.find((each) => each.name === name);
    if (listener === undefined) report.add(place, `there is no listener "${name}"`);
    if (listener !== undefined && !takesCertificates(listener)) {
      report.add(place, `the listener "${name}" asks nobody for a certificate`);
    }
  });
}

function checkHeaders(
  { user_header: claimed, vouched_user_header: vouched }: AdminPathConfig,
  { keyPath, config, report }: Omit<Scope, 'index'> & { readonly keyPath: KeyPath },
): void {
  const { token_service: service } = config;
  const written = new Set(
    'upstream' in service ? service.upstream.certificate_headers.flatMap(writtenNames) : [],
  );
  for (const [key, name] of [
    ['user_header', claimed.toLowerCase()],
    ['vouched_user_header', vouched],
  ] as const) {
    if (!RESERVED_HEADER.test(name) && !written.has(name)) continue;
    report.add([...keyPath, key], `the header "${name}" has another meaning`);
  }
  if (claimed.toLowerCase() === vouched) {
    report.add([...keyPath, 'vouched_user_header'], 'must not be user_header');
  }
}

function thumbprintFor(
  text: string,
  { allow_sha1: allowSha1 }: AdminPathConfig,
  place: KeyPath,
  report: Report,
): Thumbprint | undefined {
  const thumbprint = parseThumbprint(text);
  if (thumbprint === undefined) report.add(place, 'is no thumbprint');
  if (thumbprint?.algorithm !== 'sha1' || allowSha1) return thumbprint;
  report.add(place, 'is SHA-1, which needs allow_sha1: true; better replace it');
  return undefined;
}

function issuerOf(text: string, place: KeyPath, report: Report): DistinguishedName | undefined {
  try {
    return readDistinguishedNameSpelling(text);
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    report.add(place, error.message);
    return undefined;
  }
}

function usersOf(names: readonly string[], place: KeyPath, report: Report): AdminUsers {
  if (names.length === 1 && names[0] === '*') return 'every';
  names.forEach((name, at) => {
    if (name === '*') report.add([...place, at], '* stands alone: it is every user');
    else if (!USER_NAME.test(name)) {
      report.add([...place, at], 'expected at most 128 printable ASCII characters');
    }
  });
  return new Set(names);
}

function isSame(a: Thumbprint, b: Thumbprint): boolean {
  return a.algorithm === b.algorithm && a.value === b.value;
}

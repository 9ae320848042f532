/** What guards which paths: each certificate and issuer that vouches for administrators is named. */

import { spellDistinguishedName } from '../certificate/name/distinguished-name-spelling.ts';
import type { Thumbprint } from '../certificate/thumbprint.ts';
import type { AdminPathMaterial, Material } from '../config/check.ts';
import type { Config } from '../config/schema.ts';

/** Returns one line for each path, and an indented one for what is in it, warnings among them. */
export function describeProtection(config: Config, { protection }: Material): string {
  const lines = [
    ...config.protected_paths.map(
      ({ path, binding, source }) => `protected ${path}  binding ${binding}, source ${source}`,
    ),
    ...protection.adminPaths.flatMap((admin) => [
      `admin ${admin.config.path}  on ${admin.config.listeners.join(', ')}`,
      ...vouching(admin).map((line) => `  ${line}`),
    ]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function vouching(admin: AdminPathMaterial): readonly string[] {
  return [
    ...admin.certificates.map((thumbprint) => `certificate ${spelled(thumbprint)}`),
    ...admin.issuers.map((issuer) => `issuer ${spellDistinguishedName(issuer)}`),
    ...admin.usersByCertificate.map(
      ({ thumbprint, users }) => `users of certificate ${spelled(thumbprint)}: ${listed(users)}`,
    ),
    ...admin.usersByIssuer.map(
      ({ issuer, users }) => `users of issuer ${spellDistinguishedName(issuer)}: ${listed(users)}`,
    ),
    ...(admin.usesSha1
      ? ['warning: SHA-1 thumbprints vouch for users; replace them by SHA-256']
      : []),
  ];
}

function spelled({ algorithm, value }: Thumbprint): string {
  return algorithm === 'sha256' ? value : `SHA-1 ${value}`;
}

function listed(users: AdminPathMaterial['usersByIssuer'][number]['users']): string {
  return users === 'every' ? 'every user' : [...users].join(', ');
}

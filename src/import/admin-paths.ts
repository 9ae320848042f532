/**
 * Admin services that are reached by certificate: what `admin_paths` will hold. On which listener they
 * are open is for people to say, and the server behind has to believe another header, so that all of
 * it is printed as a comment and noted as not carried over.
 */

import type { MutualSsl } from './mutual-ssl.ts';
import { quote } from './note.ts';
import type { Notes } from './note.ts';
import { comment, commentedOut, list, origin, scalar } from './yaml-lines.ts';

/** Where the admin services of WSO2 are. */
const ADMIN_PATH = '/services/*';
const DEFAULT_USER_HEADER = 'UserName';

const SHA1_HEX = /^[0-9a-f]{40}$/;
const SHA256_HEX = /^[0-9a-f]{64}$/;

/** Notes what is dangerous or contradictory; nothing where the authenticator is off. */
export function noteMutualSsl(
  mutualSsl: MutualSsl,
  { hasOauth, notes }: { readonly hasOauth: boolean; readonly notes: Notes },
): void {
  if (!mutualSsl.isEnabled) return;
  const { place, allowList, allowListEnabled, allowedIssuers } = mutualSsl;
  notes.add(
    'admin_paths_not_carried',
    place,
    `MutualSSLAuthenticator is on: clients with a certificate call ${ADMIN_PATH} as the user that a header names. Behind the gateway WSO2 sees no certificate, so these calls fail until you open admin_paths on a listener and let WSO2 take the user from the header of the gateway`,
  );
  if (hasOauth) {
    notes.add(
      'admin_beside_oauth',
      place,
      'WSO2 says to switch MutualSSLAuthenticator off before OAuth clients authenticate with certificates: they could call the admin services without the privileges',
    );
  }
  const isListed = allowListEnabled?.value === true;
  if (isListed && (allowList?.value.length ?? 0) === 0) {
    notes.add(
      'allow_list_empty',
      allowListEnabled.place,
      'the allow list is on and empty: WSO2 does not load the authenticator at all then',
    );
  }
  if (!isListed && (allowedIssuers?.value.length ?? 0) === 0) {
    notes.add(
      'admin_any_user',
      place,
      'neither allow list nor allowed_issuers: before September 2025 anyone with a certificate of the trust store could be any user (CVE-2025-9312); newer versions refuse everybody. Nothing is allowed by what is printed here until you list certificates',
    );
  }
  noteThumbprints(mutualSsl, notes);
  for (const { value, place: at } of mutualSsl.users) {
    if (value.of !== 'issuer' || isAllowedIssuer(mutualSsl, value.name)) continue;
    notes.add(
      'admin_issuer_ignored',
      at,
      `issuer ${quote(value.name)} is not among allowed_issuers: WSO2 ignores its users, and they are left out`,
    );
  }
}

/** The commented block; nothing where the authenticator is off. */
export function adminPathLines(mutualSsl: MutualSsl): readonly string[] {
  if (!mutualSsl.isEnabled) return [];
  const { usernameHeader, allowList, allowListEnabled, allowedIssuers } = mutualSsl;
  const listed = allowListEnabled?.value === true ? (allowList?.value ?? []) : [];
  const users = mutualSsl.users.filter(({ value: { of, name } }) =>
    of === 'thumbprint' ? SHA256_HEX.test(hexOf(name)) : isAllowedIssuer(mutualSsl, name),
  );
  const block = [
    'admin_paths:',
    ...origin(mutualSsl, 'MutualSSLAuthenticator', '  '),
    `  - path: ${ADMIN_PATH}`,
    '    listeners: [admin]',
    ...(usernameHeader === undefined ? [] : origin(usernameHeader, 'UsernameHeader', '    ')),
    `    user_header: ${scalar(usernameHeader?.value || DEFAULT_USER_HEADER)}`,
    ...comment('WSO2 takes the name in base64, and in plain text where it comes in SOAP.', '    '),
    '    user_encoding: base64',
    ...(allowList === undefined ? [] : origin(allowList, 'WhiteList', '    ')),
    `    certificate_thumbprints: ${list(listed.map(hexOf).filter((hex) => SHA256_HEX.test(hex)))}`,
    ...(allowedIssuers === undefined ? [] : origin(allowedIssuers, 'allowed_issuers', '    ')),
    `    trusted_issuers: ${list(allowedIssuers?.value ?? [])}`,
    ...(users.length === 0 ? ['    users: {}'] : ['    users:']),
    ...users.flatMap((found) => [
      ...origin(found, `users of the ${found.value.of}`, '      '),
      `      ${scalar(nameOf(found.value))}: ${list(found.value.users)}`,
    ]),
  ];
  return [
    ...comment(
      'Closed until you name the listener on which they are open: docs/protection.md. Issuers have to be spelled so that their order is clear, as certbound check says.',
    ),
    '#',
    ...commentedOut(block),
  ];
}

function noteThumbprints({ allowList, sha256, users }: MutualSsl, notes: Notes): void {
  const named = users
    .filter(({ value }) => value.of === 'thumbprint')
    .map(({ value, place }) => ({ text: value.name, place }));
  const listed = (allowList?.value ?? []).map((text) => ({ text, place: allowList?.place }));
  for (const { text, place } of [...listed, ...named]) {
    if (place === undefined) continue;
    const hex = hexOf(text);
    if (SHA1_HEX.test(hex)) {
      const claim = sha256?.value === true ? 'EnableSHA256 = true never matches it, and it' : 'it';
      notes.add(
        'allow_list_sha1',
        place,
        `${quote(text)} is a SHA-1 thumbprint: ${claim} is left out, since SHA-1 can be forged. Take the SHA-256 of the certificate, which certbound thumbprint FILE prints`,
      );
    } else if (!SHA256_HEX.test(hex)) {
      notes.add(
        'allow_list_unreadable',
        place,
        `${quote(text)} is no thumbprint in hex and is left out`,
      );
    }
  }
}

/** WSO2 splits at commas and sorts; letter case and the space around commas do not count there. */
function isAllowedIssuer({ allowedIssuers }: MutualSsl, name: string): boolean {
  return (allowedIssuers?.value ?? []).some((issuer) => sortedParts(issuer) === sortedParts(name));
}

function sortedParts(name: string): string {
  const parts = name.split(',').map((part) => part.trim().toLowerCase());
  return parts.toSorted().join(',');
}

function nameOf({ of, name }: { readonly of: string; readonly name: string }): string {
  return of === 'thumbprint' ? hexOf(name) : name;
}

function hexOf(thumbprint: string): string {
  return thumbprint.replaceAll(':', '').toLowerCase();
}

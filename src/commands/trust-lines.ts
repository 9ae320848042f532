/** Who vouches for clients, and which CRLs are at hand: every certificate and list is named. */

import { spellDistinguishedName } from '../certificate/name/distinguished-name-spelling.ts';
import { parseCertificate } from '../certificate/parse.ts';
import type { Material } from '../config/check.ts';

/** Returns one line for each listener and CRL place, and an indented one for what is in it. */
export function describeTrust({ listeners, crls }: Material): string {
  const lines = [
    ...listeners.flatMap(({ config, clientCas }) => [
      `listener ${config.name}  client_ca: ${counted(clientCas.length, 'certificate')}`,
      ...clientCas.map((der) => `  ${describeAnchor(der)}`),
    ]),
    ...[...crls].flatMap(([place, lists]) => [
      `crl ${place}: ${counted(lists.length, 'list')}`,
      ...lists.map(
        ({ issuer, nextUpdate }) =>
          `  ${spellDistinguishedName(issuer)}  until ${new Date(nextUpdate).toISOString()}`,
      ),
    ]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function describeAnchor(der: Uint8Array): string {
  const { subject, notAfter, thumbprint } = parseCertificate(der);
  const until = new Date(notAfter).toISOString();
  return `${spellDistinguishedName(subject)}  until ${until}  ${thumbprint}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

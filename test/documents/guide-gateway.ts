/** The configuration of a guide with minted files, as it stands there but for addresses. */

import { readFile } from 'node:fs/promises';

import { createAuthority, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

const EXAMPLES = new URL('../../deploy/examples/guides/', import.meta.url);

export function readExample(name: string): Promise<string> {
  return readFile(new URL(name, EXAMPLES), 'utf8');
}

export interface GuideFiles {
  readonly serverCa: string;
  readonly payments: Issued;
  readonly reports: Issued;
  readonly accounts: Issued;
  /** By the names in the configurations, folders left out. */
  readonly files: Readonly<Record<string, string>>;
}

/** Everything that the configurations of the guides name. */
export async function mintGuideFiles(): Promise<GuideFiles> {
  const authority = await createAuthority();
  const clients = await createAuthority({ name: 'Client CA' });
  const server = await authority.issue({
    subject: 'CN=login.bank.example',
    san: { dns: ['login.bank.example', 'localhost'] },
    eku: ['serverAuth'],
  });
  const payments = await selfSigned({ subject: 'CN=payments' });
  const issue = (name: string): Promise<Issued> =>
    clients.issue({
      subject: `CN=${name},O=Example Bank,C=CH`,
      san: { dns: [`${name}.bank.example`] },
      eku: ['clientAuth'],
    });
  return {
    serverCa: authority.certificatePem,
    payments,
    reports: await issue('reports'),
    accounts: await issue('accounts'),
    files: {
      'server.pem': server.certificatePem,
      'server-key.pem': server.privateKeyPem,
      'client-ca.pem': clients.certificatePem,
      'internal-ca.pem': authority.certificatePem,
      'payments.pem': payments.certificatePem,
      'payments.secret': 'secret of payments\n',
      'reports.secret': 'secret of reports\n',
      'accounts-api.secret': 'secret of accounts-api\n',
    },
  };
}

/** Starts the gateway of a configuration before the upstream at this address; its own where absent. */
export async function startGuideGateway(
  configuration: string,
  { files }: GuideFiles,
  upstream?: string,
): Promise<GatewayFixture> {
  const text = configuration
    .replaceAll(/\b(?:tls|clients|secrets)\//g, '')
    .replace('address: 0.0.0.0:443', 'address: 127.0.0.1:0')
    .replace(/url: \S+/, (own) => (upstream === undefined ? own : `url: ${upstream}`));
  const sections = text.split(/^(?=[a-z_]+:)/m);
  const isListeners = (section: string): boolean => section.startsWith('listeners:');
  return startGateway({
    listeners: sections.filter(isListeners).join(''),
    // The fixture has a management listener of its own.
    yaml: sections
      .filter((section) => !isListeners(section) && !section.startsWith('management:'))
      .join(''),
    files,
  });
}

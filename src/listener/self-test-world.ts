/** Certificates of the self-test: thrown away after it, trusted by nobody. */

import type { KeyObject } from 'node:crypto';
import { generateKeys, mintCertificate } from '../certificate/mint/mint.ts';
import { basicConstraints, subjectAltName } from '../certificate/mint/mint-extension.ts';
import type { MintExtension } from '../certificate/mint/mint-extension.ts';
import { parseDistinguishedName } from '../certificate/name/distinguished-name.ts';
import { writePem } from '../certificate/pem.ts';

const HOUR_MS = 3_600_000;

export interface SelfTestWorld {
  readonly server: CertificateWithKey;
  readonly client: CertificateWithKey;
  /** As the client sends it. */
  readonly chain: readonly Uint8Array[];
}

export interface CertificateWithKey {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/** Makes a world that lasts for two hours around now. */
export async function mintSelfTestWorld(): Promise<SelfTestWorld> {
  const [serverKeys, authorityKeys, clientKeys] = await Promise.all([
    generateKeys('ec'),
    generateKeys('ec'),
    generateKeys('ec'),
  ]);
  const names = {
    server: parseDistinguishedName('CN=certbound self-test'),
    authority: parseDistinguishedName('CN=certbound self-test CA'),
    client: parseDistinguishedName('CN=certbound self-test client'),
  };
  const validity = { notBefore: Date.now() - HOUR_MS, notAfter: Date.now() + HOUR_MS };
  const mint = (
    subject: keyof typeof names,
    issuer: keyof typeof names,
    keys: Pick<typeof serverKeys, 'publicKey'>,
    signer: Pick<typeof serverKeys, 'privateKey'>,
    extensions: readonly MintExtension[],
  ): Promise<Uint8Array> =>
    mintCertificate({
      ...validity,
      subject: names[subject],
      issuer: names[issuer],
      publicKey: keys.publicKey,
      signingKey: signer.privateKey,
      extensions,
    });
  const [server, authority, client] = await Promise.all([
    mint('server', 'server', serverKeys, serverKeys, [subjectAltName({ dns: ['localhost'] })]),
    mint('authority', 'authority', authorityKeys, authorityKeys, [basicConstraints({ ca: true })]),
    mint('client', 'authority', clientKeys, authorityKeys, []),
  ]);
  const chain = [client, authority];
  return {
    server: { certificatePem: writePem(server), privateKeyPem: pemOf(serverKeys.privateKey) },
    client: {
      certificatePem: chain.map(writePem).join(''),
      privateKeyPem: pemOf(clientKeys.privateKey),
    },
    chain,
  };
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' });
}

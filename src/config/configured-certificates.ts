/** Every certificate that the files of a configuration hold, with the key that it belongs to. */

import type { ClientCertificate } from '../certificate/client-certificate.ts';
import { parseCertificate } from '../certificate/parse.ts';
import { readCertificates } from '../certificate/pem.ts';
import type { ListenerMaterial, Material } from './material.ts';
import type { KeyPath } from './positions.ts';

export interface ConfiguredCertificate {
  readonly keyPath: KeyPath;
  /** Where it stands among those of the key; 0 is a server's own. */
  readonly at: number;
  readonly certificate: ClientCertificate;
}

/** Returns them in the order of the configuration; the same one once for each key that names it. */
export function configuredCertificates(material: Material): readonly ConfiguredCertificate[] {
  return [...certificatesByKey(material)].flat();
}

/** Returns the same key by key: each has few, all together there may be thousands to read. */
export function* certificatesByKey(material: Material): Iterable<readonly ConfiguredCertificate[]> {
  const { listeners, clients, upstreamCaPems, storeCaPems, jwksCaPems, protection } = material;
  for (const [index, listener] of listeners.entries()) {
    for (const { keyPath, chain } of serverChains(listener, index)) yield held(keyPath, chain);
    yield held(['listeners', index, 'client_ca'], listener.clientCas);
  }
  yield held(['token_service', 'upstream', 'ca'], upstreamCaPems.flatMap(readCertificates));
  yield held(['store', 'ca'], storeCaPems.flatMap(readCertificates));
  yield held(['jwks', 'ca'], jwksCaPems.flatMap(readCertificates));
  yield held(['access_tokens', 'jwt', 'ca'], protection.issuerCaPems.flatMap(readCertificates));
  for (const [index, { certificates, jwks, trustAnchors }] of clients.entries()) {
    yield held(['clients', index, 'certificates'], certificates);
    const ofKeys = (jwks?.keys ?? []).flatMap((key) => key.certificates);
    yield held(['clients', index, 'jwks'], ofKeys);
    yield held(['clients', index, 'trust_anchors'], trustAnchors);
  }
}

export interface ServerChain {
  /** Of the key `certificate`. */
  readonly keyPath: KeyPath;
  /** DER as the file has them, the server's own first. */
  readonly chain: readonly Uint8Array[];
}

/** The certificate files of a listener: its own, and those of server names that have one. */
export function serverChains(listener: ListenerMaterial, index: number): readonly ServerChain[] {
  const own = { keyPath: ['listeners', index, 'certificate'], pem: listener.certificatePem };
  const named = listener.config.server_names.flatMap(({ certificate }, at) => {
    const pem = listener.serverNames[at]?.certificatePem;
    if (certificate === undefined || pem === undefined) return [];
    return [{ keyPath: ['listeners', index, 'server_names', at, 'certificate'], pem }];
  });
  return [own, ...named].map(({ keyPath, pem }) => ({ keyPath, chain: readCertificates(pem) }));
}

function held(keyPath: KeyPath, ders: readonly Uint8Array[]): readonly ConfiguredCertificate[] {
  return ders.map((der, at) => ({ keyPath, at, certificate: parseCertificate(der) }));
}

/** Extensions that say where a certificate's revocation can be asked about. */

import { writeDer, writeObjectIdentifier } from '../../src/certificate/der/der-writer.ts';
import type { MintExtension } from '../../src/certificate/mint/mint-extension.ts';
import { pointName } from './revocation-list.ts';

/** authorityInfoAccess with these responders. */
export function respondersAt(...urls: readonly string[]): MintExtension {
  const ocsp = writeObjectIdentifier('1.3.6.1.5.5.7.48.1');
  const access = urls.map((url) => writeDer(0x30, ocsp, writeDer(0x86, Buffer.from(url))));
  return { type: '1.3.6.1.5.5.7.1.1', critical: false, value: writeDer(0x30, ...access) };
}

/** cRLDistributionPoints, one for each address. */
export function pointsAt(...urls: readonly string[]): MintExtension {
  const points = urls.map((url) => writeDer(0x30, pointName(url)));
  return { type: '2.5.29.31', critical: false, value: writeDer(0x30, ...points) };
}

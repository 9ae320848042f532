/**
 * `x-forwarded-client-cert` of Envoy and Istio. It says nothing of whether anybody verified the
 * certificate.
 */

import { hash } from 'node:crypto';

import { writePem } from '../pem.ts';
import { damaged, expectFewCertificates } from './carried-certificate.ts';
import { soleValue } from './carried-fields.ts';
import { withoutLeaf } from './field-codec.ts';
import { decodePercent } from './percent.ts';
import type { CarriedCertificates, HeaderCodec } from './header-codec.ts';
import { readValuePem } from './value-pem.ts';
import { readXfcc } from './xfcc.ts';
import type { XfccElement } from './xfcc.ts';

/** Of several elements the last one counts: that of the nearest hop. */
export const envoy: HeaderCodec = {
  format: 'envoy',
  names: { leaf: 'x-forwarded-client-cert' },
  chainInLeafField: true,

  fieldNames: ({ leaf }) => [leaf],

  write: ({ leaf, chain }, names) => {
    const pairs = [`Hash=${sha256(leaf)}`, `Cert="${escaped([leaf])}"`];
    if (chain.length > 0) pairs.push(`Chain="${escaped([leaf, ...chain])}"`);
    return [[names.leaf, pairs.join(';')]];
  },

  read: (fields, names) => {
    const value = soleValue(fields, names.leaf);
    if (value === undefined) return undefined;
    const elements = readXfcc(value);
    if (elements.slice(0, -1).some(endsInClientText)) {
      throw damaged('an XFCC element follows a URI or DNS name, which may have made it up');
    }
    return carriedIn(elements.at(-1) ?? []);
  },
};

/**
 * Envoy writes names of the client's certificate as they are, without quotes: one with a comma in it
 * would begin an element of its own, and with it any certificate. It can't be told from the element of
 * another proxy.
 */
function endsInClientText(element: XfccElement): boolean {
  const [key] = element.at(-1) ?? [];
  return key === 'uri' || key === 'dns';
}

/** The chain begins with the leaf (Envoy says so), and the hash is that of the leaf. */
function carriedIn(element: XfccElement): CarriedCertificates {
  const [own, ...more] = certificatesOf(element, 'cert');
  const chain = certificatesOf(element, 'chain');
  const leaf = own ?? chain[0];
  if (leaf === undefined) throw damaged('the XFCC element has neither Cert nor Chain');
  if (more.length > 0) throw damaged('the Cert of the XFCC element holds several certificates');
  const stated = soleOf(element, 'hash');
  if (stated !== undefined && stated.toLowerCase() !== sha256(leaf)) {
    throw damaged('the Hash of the XFCC element is that of another certificate');
  }
  const others = withoutLeaf(leaf, chain);
  expectFewCertificates(others.length + 1);
  return { leaf, chain: others };
}

function certificatesOf(element: XfccElement, key: string): readonly Uint8Array[] {
  const value = soleOf(element, key);
  return value === undefined || value === '' ? [] : readValuePem(decodePercent(value));
}

/** `URI` and `DNS` may repeat; a key that we read may not. */
function soleOf(element: XfccElement, key: string): string | undefined {
  const values = element.filter(([name]) => name === key);
  if (values.length > 1) throw damaged(`the XFCC element has ${key} ${values.length} times`);
  return values[0]?.[1];
}

function escaped(ders: readonly Uint8Array[]): string {
  return encodeURIComponent(ders.map(writePem).join(''));
}

function sha256(der: Uint8Array): string {
  return hash('sha256', der, 'hex');
}

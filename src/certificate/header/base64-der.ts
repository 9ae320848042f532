/** Base64 of DER without PEM markers: bare, in quotes, in a list, or several values in one. */

import { claimedLength } from '../der/der.ts';
import { decodeBase64 } from '../base64.ts';
import {
  damaged,
  decodeCarried,
  encodeCarried,
  expectFewCertificates,
} from './carried-certificate.ts';
import { soleValue } from './carried-fields.ts';
import { createFieldCodec } from './field-codec.ts';
import type { ChainFields, ValueCodec } from './field-codec.ts';
import type { HeaderCodec, HeaderFormat } from './header-codec.ts';
import { createNumberedChain } from './numbered-chain.ts';

const bare: ValueCodec = {
  write: ([leaf = new Uint8Array()]) => encodeCarried(leaf),
  read: (value) => [decodeCarried(value)],
};

function createLeafOnly(format: HeaderFormat, name: string): HeaderCodec {
  return createFieldCodec({ format, names: { leaf: name }, value: bare, chain: 'none' });
}

/** `{http.request.tls.client.certificate_der_base64}`. */
export const caddy = createLeafOnly('caddy', 'x-client-cert');

/** `Cf-Client-Cert-Der-Base64`; what Cloudflare's rules write is the format `rfc9440`. */
export const cloudflare = createLeafOnly('cloudflare', 'cf-client-cert-der-base64');

/** App Service and IIS ARR. */
export const azureBase64 = createLeafOnly('azure_base64', 'x-arr-clientcert');

/** `b64encode` of an iRule. */
export const f5Base64 = createLeafOnly('f5_base64', 'x-client-cert');

export const akamai = createLeafOnly('akamai', 'client-to-edge');

/** `SSL_CLIENT_B64CERT` and `SSL_CLIENT_B64CERT_CHAIN_n`. */
export const apacheBase64 = createFieldCodec({
  format: 'apache_base64',
  names: { leaf: 'x-clientcert', chain: 'cert_chain' },
  value: bare,
  chain: createNumberedChain(bare),
});

/** `ssl_c_chain_der,base64`: one base64 over the DER values one after the other, without the leaf. */
const concatenated: ChainFields = {
  fieldNames: (name) => [name],
  write: (chain, name) => [[name, encodeCarried(Buffer.concat(chain))]],
  read: (fields, name) => {
    const value = soleValue(fields, name);
    return value === undefined ? [] : splitDer(decodeBase64(value));
  },
};

function splitDer(octets: Uint8Array): readonly Uint8Array[] {
  const ders: Uint8Array[] = [];
  for (let at = 0; at < octets.length;) {
    const rest = octets.subarray(at);
    const length = claimedLength(rest);
    if (length > rest.length) throw damaged('the chain ends within a certificate');
    ders.push(rest.subarray(0, length));
    expectFewCertificates(ders.length);
    at += length;
  }
  return ders;
}

/** `ssl_c_der,base64`. */
export const haproxy = createFieldCodec({
  format: 'haproxy',
  names: { leaf: 'x-ssl-client-cert', chain: 'x-ssl-client-cert-chain' },
  value: bare,
  chain: concatenated,
});

/** The router of OpenShift writes with `%{+Q}`, which means quotes; HAProxy 2.6 leaves them away. */
export const openshift = createFieldCodec({
  format: 'openshift',
  names: { leaf: 'x-ssl-client-der' },
  value: {
    write: (ders) => `"${bare.write(ders)}"`,
    read: (value) => bare.read(/^"(.*)"$/s.exec(value)?.[1] ?? value),
  },
  chain: 'none',
});

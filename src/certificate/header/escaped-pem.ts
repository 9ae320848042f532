/**
 * Percent-encoded PEM. Writers differ in what they leave bare: nginx nothing but unreserved
 * characters, Apache and AWS also `+`, `/` and `=`. All of it is read in all of them.
 */

import { writePem } from '../pem.ts';
import { createFieldCodec } from './field-codec.ts';
import type { ValueCodec } from './field-codec.ts';
import { createNumberedChain } from './numbered-chain.ts';
import { decodePercent } from './percent.ts';
import { readValuePem } from './value-pem.ts';

export function createEscapedPem(escape: (pem: string) => string): ValueCodec {
  return {
    write: (ders) => escape(ders.map(writePem).join('')),
    read: (value) => readValuePem(decodePercent(value)),
  };
}

/** For the characters of PEM this is what nginx escapes, upper-case hex included. */
export const fullyEscaped = createEscapedPem(encodeURIComponent);

/** With the characters bare that AWS calls safe. */
export const partlyEscaped = createEscapedPem((pem) =>
  pem.replaceAll(' ', '%20').replaceAll('\n', '%0A'),
);

/** `ap_escape_uri` of Apache: the same, with hex digits in lower case. */
const apacheValue = createEscapedPem((pem) => pem.replaceAll(' ', '%20').replaceAll('\n', '%0a'));

/** `$ssl_client_escaped_cert`; ingress-nginx sends it under this name. */
export const nginx = createFieldCodec({
  format: 'nginx',
  names: { leaf: 'ssl-client-cert' },
  value: fullyEscaped,
  chain: 'none',
});

/** `expr=%{escape:%{SSL_CLIENT_CERT}}`, the chain under the names that Keycloak gave it. */
export const apacheEscaped = createFieldCodec({
  format: 'apache_escaped',
  names: { leaf: 'x-client-cert', chain: 'cert_chain' },
  value: apacheValue,
  chain: createNumberedChain(apacheValue),
});

/** Application Load Balancer, passthrough mode: leaf first, root last, nothing verified. */
export const awsAlb = createFieldCodec({
  format: 'aws_alb',
  names: { leaf: 'x-amzn-mtls-clientcert' },
  value: partlyEscaped,
  chain: 'in_leaf_field',
});

/** Application Load Balancer, verify mode. */
export const awsAlbLeaf = createFieldCodec({
  format: 'aws_alb_leaf',
  names: { leaf: 'x-amzn-mtls-clientcert-leaf' },
  value: partlyEscaped,
  chain: 'none',
});

/** PEM whose line breaks have become other white space, or nothing. */

import { writePem } from '../pem.ts';
import { createFieldCodec } from './field-codec.ts';
import type { ValueCodec } from './field-codec.ts';
import { createNumberedChain } from './numbered-chain.ts';
import { decodePercent } from './percent.ts';
import { readValuePem } from './value-pem.ts';

function createSpacedPem(lineBreak: ' ' | '\t'): ValueCodec {
  return {
    // HTTP drops white space at the end of a value, so that none is written.
    write: (ders) => ders.map(writePem).join('').trimEnd().replaceAll('\n', lineBreak),
    read: readValuePem,
  };
}

const spaced = createSpacedPem(' ');

/** `%{SSL_CLIENT_CERT}s`: mod_headers turns line breaks into spaces. */
export const apache = createFieldCodec({
  format: 'apache',
  names: { leaf: 'x-clientcert', chain: 'cert_chain' },
  value: spaced,
  chain: createNumberedChain(spaced),
});

/**
 * `$ssl_client_cert`, which nginx itself advises against: a tab after every line feed, an obsolete
 * line folding (RFC 9112 section 5.2). Written without the line feed, as a receiver unfolds it.
 */
export const nginxFolded = createFieldCodec({
  format: 'nginx_folded',
  names: { leaf: 'x-ssl-cert' },
  value: createSpacedPem('\t'),
  chain: 'none',
});

/** PEM of an iRule that has lost its line breaks, to spaces or altogether. */
export const f5Pem = createFieldCodec({
  format: 'f5_pem',
  names: { leaf: 'x-client-cert' },
  value: spaced,
  chain: 'none',
});

/** `{var_client_certificate}` of Application Gateway: PEM, escaped or not by what rewrites it. */
export const azurePem = createFieldCodec({
  format: 'azure_pem',
  names: { leaf: 'x-arr-clientcert' },
  value: {
    write: (ders) => encodeURIComponent(ders.map(writePem).join('')),
    read: (value) => readValuePem(value.includes('%') ? decodePercent(value) : value),
  },
  chain: 'none',
});

/**
 * What each product puts on the wire, spelled out apart from the code that writes it. The bodies hold
 * `+`, `/` and `==`: without them a decoder that takes `+` for a space would pass.
 */

import type { Fields, HeaderFormat } from '../../src/certificate/header/header-codec.ts';
import { createAuthority } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';

export interface Vector {
  /** As the product writes it, with the chain where the format has one. */
  readonly usual: Fields;
  /** Other spellings of the same certificates. */
  readonly others?: readonly Fields[];
  /** Spellings of nothing, beside those of all formats. */
  readonly absent?: readonly Fields[];
  /** What is refused, beside what all formats refuse. */
  readonly damaged?: readonly Fields[];
  /** What the writer writes where it is not the first spelling. */
  readonly written?: Fields;
  readonly carriesChain: boolean;
}

export interface Bodies {
  readonly leaf: Uint8Array;
  readonly chain: readonly Uint8Array[];
}

const authority = await createAuthority();
const upper = await authority.issue({ subject: 'CN=Upper,O=Test', ca: true });
const lower = await upper.issue({ subject: 'CN=Lower,O=Test', ca: true });

/** A leaf whose base64 has every character that decoders stumble over. */
async function telling(): Promise<Issued> {
  for (let tries = 0; ; tries += 1) {
    const issued = await lower.issue({ subject: `CN=${'x'.repeat(1 + (tries % 3))},O=Test` });
    const body = base64(issued.certificate);
    if (/\+/.test(body) && body.includes('/') && body.endsWith('==')) return issued;
  }
}

export const leafIssued = await telling();
export const bodies: Bodies = {
  leaf: leafIssued.certificate,
  chain: [lower.certificate, upper.certificate],
};

export function base64(der: Uint8Array): string {
  return Buffer.from(der).toString('base64');
}

/** The lines of a PEM block as OpenSSL cuts them, joined. */
export function pem(der: Uint8Array, lineBreak: string): string {
  const lines = base64(der).match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----'].join(lineBreak);
}

/** `ap_escape_uri`, and what AWS leaves as it is: `+`, `/` and `=` stay. */
const halfEscaped = (text: string): string => text.replaceAll(' ', '%20').replaceAll('\n', '%0A');
const lowerHex = (text: string): string => text.replaceAll('%0A', '%0a');

const { leaf, chain } = bodies;
const [first = leaf, second = leaf] = chain;
const b64 = base64(leaf);
const fullPem = `${pem(leaf, '\n')}\n`;
const nginxValue = encodeURIComponent(fullPem);
const all = [leaf, ...chain];
const hex = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(leaf))).toString('hex');
const xfccPems = (ders: readonly Uint8Array[]): string =>
  encodeURIComponent(ders.map((der) => `${pem(der, '\n')}\n`).join(''));
const xfcc = `Hash=${hex};Cert="${xfccPems([leaf])}";Chain="${xfccPems(all)}"`;
const xfccName = 'x-forwarded-client-cert';
const traefikName = 'x-forwarded-tls-client-cert';
const albName = 'x-amzn-mtls-clientcert';

export const VECTORS: Readonly<Record<HeaderFormat, Vector>> = {
  rfc9440: {
    usual: [
      ['client-cert', `:${b64}:`],
      ['client-cert-chain', `:${base64(first)}:, :${base64(second)}:`],
    ],
    others: [
      [
        ['Client-Cert-Chain', `:${base64(first)}:`],
        ['Client-Cert', `:${b64}:`],
        ['Client-Cert-Chain', `:${base64(second)}:`],
      ],
      [
        ['client-cert', `:${b64}:`],
        ['client-cert-chain', `:${base64(first)}:\t,:${base64(second)}:`],
        ['client-cert-chain', ''],
      ],
    ],
    damaged: [
      [['client-cert', b64]],
      [['client-cert', `:${b64}`]],
      [['client-cert', `::${b64}::`]],
      [['client-cert', `:${b64}:;q=1`]],
      [['client-cert', `:${b64}:, :${b64}:`]],
      [['client-cert', `:${b64.replace(/==$/, '')}:`]],
      [['client-cert-chain', `:${base64(first)}:`]],
      [
        ['client-cert', `:${b64}:`],
        ['client-cert-chain', `:${base64(first)}:,`],
      ],
      [
        ['client-cert', `:${b64}:`],
        ['client-cert-chain', `:${base64(first)}: :${base64(second)}:`],
      ],
    ],
    carriesChain: true,
  },
  one_line_pem: {
    usual: [['x-wso2-mtls-cert', pem(leaf, '').replaceAll('\n', '')]],
    damaged: [
      [['x-wso2-mtls-cert', pem(leaf, ' ')]],
      [['x-wso2-mtls-cert', pem(leaf, '\\n')]],
      [['x-wso2-mtls-cert', b64]],
    ],
    carriesChain: false,
  },
  nginx: {
    usual: [['ssl-client-cert', nginxValue]],
    others: [
      [['SSL-Client-Cert', nginxValue.replaceAll(/%[0-9A-F]{2}/g, (e) => e.toLowerCase())]],
      [['ssl-client-cert', nginxValue.replace(/%0A$/, '')]],
      [['ssl-client-cert', nginxValue.replaceAll('%0A', '%0D%0A')]],
    ],
    damaged: [
      [['ssl-client-cert', nginxValue.replaceAll('%20', '+')]],
      [['ssl-client-cert', encodeURIComponent(nginxValue)]],
      [['ssl-client-cert', `${nginxValue}%`]],
      [['ssl-client-cert', `${nginxValue}%0`]],
      [['ssl-client-cert', `${nginxValue}%zz`]],
      [['ssl-client-cert', `${nginxValue}%C3%A9`]],
      [['ssl-client-cert', `${nginxValue}%00`]],
      [['ssl-client-cert', nginxValue + nginxValue]],
      [['ssl-client-cert', pem(leaf, ' ')]],
    ],
    carriesChain: false,
  },
  nginx_folded: {
    usual: [['x-ssl-cert', pem(leaf, '\t')]],
    others: [
      [['x-ssl-cert', pem(leaf, '\n\t')]],
      [['x-ssl-cert', pem(leaf, '\r\n\t')]],
      [['x-ssl-cert', pem(leaf, ' ')]],
    ],
    damaged: [[['x-ssl-cert', pem(leaf, '\n\n\t')]], [['x-ssl-cert', nginxValue]]],
    carriesChain: false,
  },
  haproxy: {
    usual: [
      ['x-ssl-client-cert', b64],
      ['x-ssl-client-cert-chain', base64(Buffer.concat(chain))],
    ],
    damaged: [
      [
        ['x-ssl-client-cert', b64],
        ['x-ssl-client-cert-chain', base64(Buffer.concat(chain).subarray(0, -1))],
      ],
      [
        ['x-ssl-client-cert', b64],
        ['x-ssl-client-cert-chain', base64(Buffer.concat([...chain, Buffer.of(0)]))],
      ],
      [['x-ssl-client-cert', base64(Buffer.concat(all))]],
      [['x-ssl-client-cert-chain', base64(Buffer.concat(chain))]],
    ],
    carriesChain: true,
  },
  openshift: {
    usual: [['x-ssl-client-der', `"${b64}"`]],
    others: [[['X-SSL-Client-DER', b64]]],
    absent: [[['x-ssl-client-der', '""']]],
    damaged: [[['x-ssl-client-der', `"${b64}`]], [['x-ssl-client-der', `""${b64}""`]]],
    carriesChain: false,
  },
  envoy: {
    usual: [[xfccName, xfcc]],
    others: [
      [
        [
          xfccName,
          `By=spiffe://p;${xfcc};Subject="CN=a,O=\\"b;c=d\\"";URI=;URI=spiffe://c;DNS=x;DNS=y`,
        ],
      ],
      [[xfccName, `By=x;Hash=${'0'.repeat(64)};Subject="/C=US,O=\\"Cert=,;",${xfcc}`]],
      [
        [
          xfccName,
          xfcc.replace('Hash', 'HASH').replace('Cert=', 'cert=').replace('Chain', 'cHAIN'),
        ],
      ],
      [[xfccName, `Hash=${hex.toUpperCase()};Chain="${xfccPems(all)}"`]],
      [[xfccName, `Cert=${xfccPems([leaf])};Chain="${xfccPems(chain)}"`]],
      [[xfccName, `By=a, ${xfcc}`]],
    ],
    damaged: [
      [[xfccName, `Hash=${hex};Subject="CN=a"`]],
      // A name in the client's certificate that makes up an element, or a pair.
      [[xfccName, `Hash=${'1'.repeat(64)};Cert="";URI=spiffe://a,${xfcc}`]],
      [[xfccName, `By=x;DNS=a,${xfcc};DNS=b`]],
      [[xfccName, `${xfcc};URI=a;Cert="${xfccPems([first])}"`]],
      [[xfccName, `${xfcc},Hash=${hex}`]],
      [[xfccName, `${xfcc},`]],
      [[xfccName, `${xfcc};`]],
      [[xfccName, `${xfcc};Subject="a`]],
      [[xfccName, `${xfcc};Subject="a"b`]],
      [[xfccName, `${xfcc};Cert="${xfccPems([leaf])}"`]],
      [[xfccName, `Hash=${'0'.repeat(64)};Cert="${xfccPems([leaf])}"`]],
      [[xfccName, `Cert="${xfccPems(all)}"`]],
      [[xfccName, nginxValue]],
      [[xfccName, `;${xfcc}`]],
    ],
    carriesChain: true,
  },
  traefik: {
    usual: [[traefikName, all.map(base64).join(',')]],
    damaged: [
      [[traefikName, encodeURIComponent(b64)]],
      [[traefikName, `${b64},`]],
      [[traefikName, `${b64}, ${base64(first)}`]],
      [[traefikName, `${b64},,${base64(first)}`]],
    ],
    carriesChain: true,
  },
  traefik_escaped: {
    usual: [[traefikName, all.map((der) => encodeURIComponent(base64(der))).join(',')]],
    others: [[[traefikName, encodeURIComponent(all.map(base64).join(','))]]],
    damaged: [[[traefikName, b64.replaceAll('+', ' ')]]],
    carriesChain: true,
  },
  caddy: {
    usual: [['x-client-cert', b64]],
    absent: [
      [['x-client-cert', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n']],
      [['x-client-cert', '-----BEGIN CERTIFICATE----- -----END CERTIFICATE-----']],
    ],
    damaged: [
      // Its fingerprint of nothing.
      [['x-client-cert', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855']],
    ],
    carriesChain: false,
  },
  apache: {
    usual: [
      ['x-clientcert', pem(leaf, ' ')],
      ['cert_chain_0', pem(first, ' ')],
      ['cert_chain_1', pem(second, ' ')],
    ],
    others: [
      [
        ['CERT_CHAIN_1', `${pem(second, ' ')} `],
        ['CERT_CHAIN_0', `${pem(first, ' ')} `],
        ['X-ClientCert', `${pem(leaf, ' ')} `],
        ['CERT_CHAIN_2', '(null)'],
        ['CERT_CHAIN_3', '(null)'],
      ],
    ],
    absent: [
      [
        ['x-clientcert', '(null)'],
        ['cert_chain_0', '(null)'],
      ],
    ],
    damaged: [
      [
        ['x-clientcert', pem(leaf, ' ')],
        ['cert_chain_1', pem(second, ' ')],
      ],
      [
        ['x-clientcert', pem(leaf, ' ')],
        ['cert_chain_0', pem(first, ' ')],
        ['cert_chain_0', pem(second, ' ')],
      ],
      [
        ['x-clientcert', pem(leaf, ' ')],
        ['cert_chain_0', `${pem(first, ' ')} ${pem(second, ' ')}`],
      ],
      [['x-clientcert', pem(leaf, '   ')]],
      [['x-clientcert', pem(leaf, '+')]],
    ],
    carriesChain: true,
  },
  apache_escaped: {
    usual: [
      ['x-client-cert', lowerHex(halfEscaped(fullPem))],
      ['cert_chain_0', lowerHex(halfEscaped(`${pem(first, '\n')}\n`))],
      ['cert_chain_1', lowerHex(halfEscaped(`${pem(second, '\n')}\n`))],
    ],
    damaged: [[['x-client-cert', pem(leaf, ' ')]]],
    carriesChain: true,
  },
  apache_base64: {
    usual: [
      ['x-clientcert', b64],
      ['cert_chain_0', base64(first)],
      ['cert_chain_1', base64(second)],
    ],
    absent: [[['x-clientcert', '(null)']]],
    carriesChain: true,
  },
  aws_alb: {
    usual: [[albName, halfEscaped(all.map((der) => `${pem(der, '\n')}\n`).join(''))]],
    others: [
      [[albName, encodeURIComponent(all.map((der) => `${pem(der, '\n')}\n`).join(''))]],
      [[albName, halfEscaped(all.map((der) => pem(der, '\n')).join('\n'))]],
      [
        [
          albName,
          halfEscaped(all.map((der) => `${pem(der, '\n')}\n`).join('')).replaceAll('=', '%3D'),
        ],
      ],
    ],
    damaged: [
      [[albName, halfEscaped(fullPem).replaceAll('%20', '+')]],
      [[albName, halfEscaped(`${fullPem}\n${fullPem}`)]],
      [[albName, halfEscaped(`${fullPem}x`)]],
    ],
    carriesChain: true,
  },
  aws_alb_leaf: {
    usual: [[`${albName}-leaf`, halfEscaped(fullPem)]],
    others: [[[`${albName}-leaf`, nginxValue]]],
    damaged: [[[`${albName}-leaf`, halfEscaped(fullPem + fullPem)]]],
    carriesChain: false,
  },
  cloudfront: {
    usual: [
      ['cloudfront-viewer-cert-pem', halfEscaped(fullPem)],
      ['cloudfront-viewer-cert-present', '1'],
    ],
    others: [[['CloudFront-Viewer-Cert-Pem', nginxValue]]],
    absent: [
      [['CloudFront-Viewer-Cert-Present', '0']],
      [
        ['CloudFront-Viewer-Cert-Present', '0'],
        ['CloudFront-Viewer-Cert-Pem', ''],
      ],
    ],
    damaged: [
      [['cloudfront-viewer-cert-present', '1']],
      [
        ['cloudfront-viewer-cert-pem', nginxValue],
        ['cloudfront-viewer-cert-present', '0'],
      ],
      [
        ['cloudfront-viewer-cert-pem', nginxValue],
        ['cloudfront-viewer-cert-present', 'true'],
      ],
      [
        ['cloudfront-viewer-cert-pem', nginxValue],
        ['cloudfront-viewer-cert-present', '1'],
        ['cloudfront-viewer-cert-present', '1'],
      ],
    ],
    carriesChain: false,
  },
  cloudflare: { usual: [['cf-client-cert-der-base64', b64]], carriesChain: false },
  azure_pem: {
    usual: [['x-arr-clientcert', nginxValue]],
    others: [
      [['X-ARR-ClientCert', pem(leaf, ' ')]],
      [['X-ARR-ClientCert', pem(leaf, '')]],
      [['X-ARR-ClientCert', halfEscaped(fullPem)]],
    ],
    damaged: [[['x-arr-clientcert', b64]]],
    carriesChain: false,
  },
  azure_base64: {
    usual: [['x-arr-clientcert', b64]],
    damaged: [[['x-arr-clientcert', pem(leaf, ' ')]]],
    carriesChain: false,
  },
  f5_pem: {
    usual: [['x-client-cert', pem(leaf, ' ')]],
    others: [[['X-Client-Cert', pem(leaf, '')]]],
    carriesChain: false,
  },
  f5_base64: { usual: [['x-client-cert', b64]], carriesChain: false },
  akamai: { usual: [['client-to-edge', b64]], carriesChain: false },
};

/** The tables and examples of docs/certificate-headers.md, made from the codecs and presets. */

import { codecFor } from '../../src/certificate/header/codecs.ts';
import type { HeaderChoice } from '../../src/certificate/header/header-choice.ts';
import { HEADER_FORMATS } from '../../src/certificate/header/header-codec.ts';
import type {
  Fields,
  HeaderCodec,
  HeaderFormat,
} from '../../src/certificate/header/header-codec.ts';
import { PRESET_NAMES, PRESETS } from '../../src/certificate/header/presets.ts';
import type { PresetName } from '../../src/certificate/header/presets.ts';
import type { FormatResult } from './format-results.ts';
import { SENT_VALUES } from './sent-values.ts';

/** DER values that are short enough to be read, and whose base64 has `+`, `/` and `==`. */
const LEAF = Buffer.from('MAUEA/QL+w==', 'base64');
const CHAIN = [Buffer.from('MAUEA/7vvQ==', 'base64')];

const WRITERS: Readonly<Record<HeaderFormat, string>> = {
  rfc9440: 'RFC 9440; Google Cloud load balancers, Cloudflare transform rules',
  one_line_pem: 'WSO2 Identity Server; PEM without its line breaks',
  nginx: 'nginx `$ssl_client_escaped_cert`, ingress-nginx',
  nginx_folded: 'nginx `$ssl_client_cert` (deprecated there)',
  haproxy: 'HAProxy `%[ssl_c_der,base64]`, `%[ssl_c_chain_der,base64]`',
  openshift: 'OpenShift router',
  envoy: 'Envoy, Istio (XFCC)',
  traefik: 'Traefik from 2.9.4',
  traefik_escaped: 'Traefik before 2.9.4',
  caddy: 'Caddy `{http.request.tls.client.certificate_der_base64}`',
  apache: 'Apache `%{SSL_CLIENT_CERT}s`, `%{SSL_CLIENT_CERT_CHAIN_n}s`',
  apache_escaped: 'Apache `expr=%{escape:%{SSL_CLIENT_CERT}}`',
  apache_base64: 'Apache trunk `%{SSL_CLIENT_B64CERT}s`',
  aws_alb: 'AWS Application Load Balancer, passthrough',
  aws_alb_leaf: 'AWS Application Load Balancer, verify',
  cloudfront: 'AWS CloudFront',
  cloudflare: 'Cloudflare',
  azure_pem: 'Azure Application Gateway `{var_client_certificate}`',
  azure_base64: 'Azure App Service, IIS ARR',
  f5_pem: 'F5 BIG-IP iRule, PEM',
  f5_base64: 'F5 BIG-IP iRule, `b64encode`',
  akamai: 'Akamai, the whole certificate',
};

const SET_UP: Readonly<Record<PresetName, string>> = {
  'wso2-is':
    '`deployment.toml`: `[oauth.mutualtls]` `client_certificate_header = "x-wso2-mtls-cert"`',
  'wso2-apim':
    '`deployment.toml`: `[apimgt.mutual_ssl]` `certificate_header = "X-WSO2-CLIENT-CERTIFICATE"`, `client_certificate_encode = true`',
  'keycloak-nginx':
    'provider `nginx` of `x509cert-lookup`, `ssl-client-cert` set to the same name; with `trust-proxy-verification` it reads the verdict, else it needs the CAs in its trust store',
  'keycloak-haproxy':
    'provider `haproxy`, `ssl-client-cert` = `SSL_CLIENT_CERT`, `ssl-cert-chain-prefix` = `CERT_CHAIN`, `certificate-chain-length` at least the number of intermediates',
  'keycloak-apache': 'provider `apache`, the options as for `haproxy`',
  'keycloak-rfc9440': 'provider `rfc9440`; nothing else',
  auth0:
    'a custom domain with self-managed certificates; `cname-api-key`, which it also wants, must be added elsewhere',
  connect2id:
    '`op.tls.clientX509CertHeader = Sec-Client-X509-Cert`; it advises to add a random text to the name: give the same as `name`',
  ping: 'the trusted header of PingAM or PingGateway; it advises a name that nobody guesses: give the same as `name`',
  openbao:
    '`x_forwarded_for_client_cert_header = "Client-Cert"`, `x_forwarded_for_client_cert_decoders = ["RFC9440"]`, `x_forwarded_for_authorized_addrs`',
  janssen: 'nothing: `X-ClientCert` is what it reads',
  'node-oidc-provider': '`features.mTLS.getCertificate`, as above',
  envoy: 'for servers that read XFCC',
  traefik: 'for servers that know Traefik from 2.9.4',
  'aws-alb': 'for servers that know AWS passthrough',
};

/** Returns the generated regions of the page, by the name in their markers. */
function certificateHeaderRegions(
  results: readonly FormatResult[],
): Readonly<Record<string, string>> {
  return {
    presets: [
      table(
        ['preset', 'headers', 'format', 'chain', 'at the server'],
        PRESET_NAMES.map((name) => presetRow(name, PRESETS[name])),
      ),
      ...PRESET_NAMES.map((name) => exampleOf(name, PRESETS[name])),
    ].join('\n\n'),
    formats: table(
      ['format', 'written by', 'direction', 'usual header', 'chain', 'example'],
      HEADER_FORMATS.map((format) => formatRow(codecFor(format))),
    ),
    results: table(
      [
        'format',
        'written and read back',
        'read by `X509Certificate`',
        'against a real program',
        'from a load balancer',
        'to an upstream',
      ],
      results.map(resultRow),
    ),
  };
}

/** Returns the page with its regions in place. @throws Error for a region that has no markers. */
export function withRegions(page: string, results: readonly FormatResult[]): string {
  return Object.entries(certificateHeaderRegions(results)).reduce((text, [name, content]) => {
    const [start, end] = [`<!-- ${name}: made by npm run docs -->`, `<!-- end of ${name} -->`];
    const [before, rest] = text.split(start);
    const after = rest?.split(end)[1];
    if (before === undefined || after === undefined) throw new Error(`no region ${name}`);
    return `${before}${start}\n\n${content}\n\n${end}${after}`;
  }, page);
}

function presetRow(name: PresetName, choice: HeaderChoice): readonly string[] {
  const { format, names, verdictName, maxLeafOctets } = choice;
  const verdict = verdictName === undefined ? [] : [`\`${verdictName}\` (verdict)`];
  const limit = maxLeafOctets === undefined ? '' : `; at most ${maxLeafOctets} octets`;
  const chainName = names.chain === undefined ? [] : [`\`${names.chain}${suffixOf(format)}\``];
  return [
    `\`${name}\``,
    [`\`${names.leaf}\`${limit}`, ...chainName, ...verdict].join(', '),
    `\`${format}\``,
    choice.chain ? 'yes' : 'no',
    SET_UP[name],
  ];
}

function exampleOf(name: string, choice: HeaderChoice): string {
  const chain = choice.chain ? CHAIN : [];
  const fields = codecFor(choice.format).write({ leaf: LEAF, chain }, choice.names);
  const { verdictName } = choice;
  const verdict: Fields = verdictName === undefined ? [] : [[verdictName, 'SUCCESS']];
  const lines = [...fields, ...verdict].map(([field, value]) => `${field}: ${value}`);
  return `\`${name}\`:\n\n\`\`\`http\n${lines.join('\n')}\n\`\`\``;
}

function formatRow(codec: HeaderCodec): readonly string[] {
  const { format, names } = codec;
  const [field] = codec.write({ leaf: LEAF, chain: [] }, names);
  return [
    `\`${format}\``,
    WRITERS[format],
    'read, write',
    codec
      .write({ leaf: LEAF, chain: [] }, names)
      .map(([name]) => `\`${name}\``)
      .join(', '),
    chainOf(codec),
    `\`${(field?.[1] ?? '').replaceAll('\t', '⇥')}\``,
  ];
}

function resultRow(result: FormatResult): readonly string[] {
  const { format, readBack, readByNode, fromBalancer, toUpstream } = result;
  const sent = SENT_VALUES[format];
  // The programs are not asked here, so that the page is the same on machines without them.
  const compared =
    sent === undefined
      ? 'not compared'
      : `${sent.program}: equal, ${sent.chain ? 'leaf and chain' : 'leaf'}`;
  return [`\`${format}\``, readBack, readByNode, compared, fromBalancer, toUpstream];
}

function chainOf({ format, names, chainInLeafField }: HeaderCodec): string {
  if (chainInLeafField) return 'in the same header, leaf first';
  return names.chain === undefined
    ? 'none'
    : `\`${names.chain}${suffixOf(format)}\`, without the leaf`;
}

/** What stands after the name of a numbered field. */
function suffixOf(format: HeaderFormat): string {
  const { names, fieldNames } = codecFor(format);
  return fieldNames(names).some((name) => name.endsWith('_0')) ? '_0, _1, ...' : '';
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

/**
 * Which format a header value is in. Total and always the same: every value has one format, be it
 * damaged or not. For people who look at a header; a reader that has to trust one is told its format.
 */

import { codecFor } from './codecs.ts';
import type { HeaderFormat } from './header-codec.ts';

const ESCAPED_PEM: readonly HeaderFormat[] = [
  'nginx',
  'apache_escaped',
  'aws_alb',
  'aws_alb_leaf',
  'cloudfront',
  'azure_pem',
];
const ONE_LINE_PEM: readonly HeaderFormat[] = ['one_line_pem', 'f5_pem', 'azure_pem'];
const SPACED_PEM: readonly HeaderFormat[] = ['apache', 'f5_pem', 'azure_pem'];
const BASE64: readonly HeaderFormat[] = [
  'haproxy',
  'traefik',
  'caddy',
  'apache_base64',
  'cloudflare',
  'azure_base64',
  'f5_base64',
  'akamai',
  'openshift',
];

/**
 * Returns the format that the value has by its shape; where formats share the shape, the one that is
 * usual under this name, else the one that is most in use.
 *
 * @param beside names of the fields that came with it: numbered ones hold a chain.
 */
export function detectFormat(
  name: string,
  value: string,
  beside: readonly string[] = [],
): HeaderFormat {
  const lower = name.toLowerCase();
  if (lower.startsWith('cloudfront-')) return 'cloudfront';
  if (lower === codecFor('envoy').names.leaf) return 'envoy';
  const formats = formatsOf(value);
  if (formats === BASE64 && beside.some((each) => /_\d+$/.test(each))) return 'apache_base64';
  const [first = 'haproxy', ...others] = formats;
  return [first, ...others].find((format) => codecFor(format).names.leaf === lower) ?? first;
}

/** The formats of a shape, the one most in use first. What a value starts with decides early. */
function formatsOf(value: string): readonly HeaderFormat[] {
  if (/^(?:by|hash|cert|chain|subject|uri|dns)=/i.test(value)) return ['envoy'];
  if (value.startsWith(':')) return ['rfc9440'];
  if (value.startsWith('"')) return ['openshift'];
  const isPem = value.startsWith('-----BEGIN');
  if (value.includes('%')) return isPem ? escapedPem(value) : ['traefik_escaped'];
  if (!isPem) return value.includes(',') ? ['traefik'] : BASE64;
  if (/[\t\n]/.test(value)) return ['nginx_folded'];
  return /-----BEGIN CERTIFICATE-----[^-]* /.test(value) ? SPACED_PEM : ONE_LINE_PEM;
}

function escapedPem(value: string): readonly HeaderFormat[] {
  if (value.indexOf('-----BEGIN', 1) !== -1) return ['aws_alb'];
  // nginx leaves none of these bare; of those who do, Apache is the one under any name.
  if (!/[+/=]/.test(value)) return ESCAPED_PEM;
  return ['apache_escaped', ...ESCAPED_PEM];
}

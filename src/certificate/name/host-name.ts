/** Host names in certificates (RFC 5280 section 4.2.1.6, RFC 1034 section 3.5). */

const maxHostLength = 253;
const labelPattern = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;

/**
 * The name in lower case, or undefined when it is no host name: empty or overlong labels, a dot at
 * either end, characters beyond letters, digits, `-` and `_` (in use, though not allowed), or the
 * look of an IPv4 address.
 */
export function hostNameOf(text: string): string | undefined {
  if (text.length > maxHostLength) return undefined;
  const host = text.toLowerCase();
  const labels = host.split('.');
  if (!labels.every((label) => labelPattern.test(label))) return undefined;
  // An all-numeric last label makes every URL parser see an address.
  return /^\d+$/.test(labels.at(-1) ?? '') ? undefined : host;
}

export interface DnsPattern {
  /** In lower case; without the first label where that is a wildcard. */
  readonly host: string;
  /** Stands for exactly one label before `host`. */
  readonly isWildcard: boolean;
}

/**
 * A dNSName of a certificate: a host name, or `*.` before one of at least two labels (RFC 9525
 * section 6.3: the wildcard is the whole left-most label). Undefined for all else.
 */
export function dnsPatternOf(text: string): DnsPattern | undefined {
  const isWildcard = text.startsWith('*.');
  const host = hostNameOf(isWildcard ? text.slice(2) : text);
  if (host === undefined || (isWildcard && !host.includes('.'))) return undefined;
  return { host, isWildcard };
}

/** Whether `host` is `domain` or lies below it; both in lower case. */
export function isWithinDomain(host: string, domain: string): boolean {
  if (!host.endsWith(domain)) return false;
  return host.length === domain.length || host.charAt(host.length - domain.length - 1) === '.';
}

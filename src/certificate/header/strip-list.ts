/**
 * The header fields by which proxies tell who a TLS client is. Whatever a client sends under one of
 * these names is forged: it never goes on to an upstream.
 */

/**
 * Beginnings of names, in lower case with `-` alone between words; every name that starts so is
 * stripped. Beginnings rather than names, because each product keeps adding members to its family.
 */
const FAMILIES = [
  // RFC 9440, Auth0
  'client-cert',
  // Envoy, Istio
  'x-forwarded-client-cert',
  // Traefik
  'x-forwarded-tls-client',
  // cloud load balancers in Asia
  'x-forwarded-clientcert',
  // nginx, HAProxy, Kong, Google Cloud, Azure, F5 and others by custom
  'x-client-cert',
  'x-clientcert',
  'x-client-dn',
  'x-client-s-dn',
  'x-client-i-dn',
  'x-client-subject',
  'x-client-issuer',
  'x-client-serial',
  'x-client-fingerprint',
  'x-client-verif',
  'x-ssl',
  'x-tls-client',
  'x-tls-cert',
  'x-mtls',
  'ssl-client',
  'ssl-cert',
  'sslclient',
  'tls-client',
  'tls-cert',
  'cert-chain',
  // Azure App Service, IIS
  'x-arr-clientcert',
  // AWS
  'x-amzn-mtls',
  'cloudfront-viewer-cert',
  // Cloudflare
  'cf-client-cert',
  // Akamai
  'client-to-edge',
  // WSO2
  'x-wso2-mtls',
  'x-wso2-client-cert',
  'x-wso2-mutual-auth',
  // Connect2id
  'sec-client-x509-cert',
  // WebLogic, WebSphere ($WSCC)
  'wl-proxy-client-cert',
  'proxy-client-cert',
  '-wscc',
  // Linkerd
  'l5d-client-id',
  // ours
  'certbound',
  'x-certbound',
] as const;

/** Names of which it is known whether they are listed: the same few come with every request. */
const MAX_KNOWN = 500;
const MAX_KNOWN_CHARS = 64;

const HYPHEN = 0x2d;
const [ZERO, NINE] = [0x30, 0x39];
const [CAPITAL_A, CAPITAL_Z] = [0x41, 0x5a];
const [SMALL_A, SMALL_Z] = [0x61, 0x7a];

export interface StripList {
  /** Whether a field of this name, in any spelling, must not reach an upstream. */
  matches(name: string): boolean;
  /** For documentation: families with a final `*`, then the extra names. */
  readonly names: readonly string[];
}

/** @param extraNames names that this installation uses beside the known families. */
export function createStripList(extraNames: readonly string[] = []): StripList {
  const extras = new Set(extraNames.map(plainName));
  // Every beginning is made of letters, digits and `-`, none of which the expression treats apart.
  const family = new RegExp(`^(?:${FAMILIES.join('|')})`);
  const isListed = (name: string): boolean => {
    const plain = plainName(name);
    return family.test(plain) || extras.has(plain);
  };
  const beginnings = new Set([...FAMILIES, ...extras].map(beginningOf));
  const known = new Map<string, boolean>();
  return {
    matches: (name) => {
      // As most: what is looked up by the whole name has to be hashed before.
      if (!beginnings.has(beginningOf(name))) return false;
      const before = known.get(name);
      if (before !== undefined) return before;
      const found = isListed(name);
      const isRoom = known.size < MAX_KNOWN && name.length <= MAX_KNOWN_CHARS;
      if (isRoom) known.set(copyOf(name), found);
      return found;
    },
    names: Object.freeze([...FAMILIES.map((beginning) => `${beginning}*`), ...extras]),
  };
}

/** A number for the first two characters as the one spelling has them. */
function beginningOf(name: string): number {
  return plainCode(name.charCodeAt(0)) * 128 + plainCode(name.charCodeAt(1));
}

function plainCode(code: number): number {
  const lower = code >= CAPITAL_A && code <= CAPITAL_Z ? code | 0x20 : code;
  const isPlain = (lower >= SMALL_A && lower <= SMALL_Z) || (lower >= ZERO && lower <= NINE);
  return isPlain ? lower : HYPHEN;
}

/** The engine keeps a part of a text together with the whole of it, here a head with its secrets. */
function copyOf(name: string): string {
  return Buffer.from(name).toString();
}

/**
 * The one spelling of a name. Servers that map fields to variables, as CGI does, read every
 * character that is no letter or digit as `_`, so all of them count as `-` here.
 */
function plainName(name: string): string {
  const lower = name.toLowerCase();
  return /[^a-z0-9-]/.test(lower) ? lower.replace(/[^a-z0-9]/g, '-') : lower;
}

/** What every certificate header format can do, and in which words its users speak of it. */

/** The formats by the names that the configuration gives them. */
export const HEADER_FORMATS = [
  'rfc9440',
  'one_line_pem',
  'nginx',
  'nginx_folded',
  'haproxy',
  'openshift',
  'envoy',
  'traefik',
  'traefik_escaped',
  'caddy',
  'apache',
  'apache_escaped',
  'apache_base64',
  'aws_alb',
  'aws_alb_leaf',
  'cloudfront',
  'cloudflare',
  'azure_pem',
  'azure_base64',
  'f5_pem',
  'f5_base64',
  'akamai',
] as const;

export type HeaderFormat = (typeof HEADER_FORMATS)[number];

/** Header fields in the order of the message; their names compare without case. */
export type Fields = readonly (readonly [name: string, value: string])[];

export interface CarriedCertificates {
  /** One whole DER value; nothing more is known of it, so too of the others. */
  readonly leaf: Uint8Array;
  /** Without the leaf, in the order carried. */
  readonly chain: readonly Uint8Array[];
}

/** Under which names a certificate travels, in lower case. */
export interface HeaderNames {
  readonly leaf: string;
  /**
   * Where the format carries the chain in fields of its own: their name, or what stands before `_0`
   * where they are numbered. Absent: no chain is written, and none is looked for.
   */
  readonly chain?: string;
}

export interface HeaderCodec {
  readonly format: HeaderFormat;
  /** The names that are usual for the format. */
  readonly names: HeaderNames;
  /** Whether the chain travels in the field of the leaf. */
  readonly chainInLeafField: boolean;
  /** Every name that is written, and every name that is read: what nobody else may send. */
  fieldNames(names: HeaderNames): readonly string[];
  /** The fields for a certificate; one without a chain, where the chain is empty. */
  write(certificates: CarriedCertificates, names: HeaderNames): Fields;
  /**
   * The certificates in the fields, or undefined where the fields say that there is none.
   *
   * @throws CertificateError `certificate_malformed` on any damage, a repeated leaf field included;
   * `certificate_chain_too_large` beyond 10 certificates.
   */
  read(fields: Fields, names: HeaderNames): CarriedCertificates | undefined;
}

/** What every certificate header format can do. */

export interface HeaderCodec {
  readonly name: string;
  /** The header value for a certificate. */
  write(der: Uint8Array): string;
  /**
   * The certificate in a header value, or undefined where the value is a way to say that there is
   * none. What is returned is one whole DER value; nothing more is known of it.
   *
   * @throws CertificateError `certificate_malformed` on any damage.
   */
  read(value: string): Uint8Array | undefined;
}

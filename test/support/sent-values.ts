/**
 * How a program of Debian's packages is brought to send each format. One row for each format that such
 * a program can send; docs/certificate-headers.md says "equal" for these and for no others.
 */

import type { HeaderFormat } from '../../src/certificate/header/header-codec.ts';

export interface SentValue {
  /** As the documents name it. */
  readonly program: 'nginx' | 'HAProxy' | 'Apache' | 'Caddy';
  /** Of deploy/load-balancers. */
  readonly file: string;
  /** What is changed in the file to get the format; the shipped file sends it where absent. */
  readonly change?: Readonly<Record<string, string>>;
  /** Whether the values of the chain are compared, too. */
  readonly chain: boolean;
}

export const SENT_VALUES: Partial<Readonly<Record<HeaderFormat, SentValue>>> = {
  rfc9440: {
    program: 'HAProxy',
    file: 'haproxy-terminating.cfg',
    change: { 'X-SSL-Client-Cert %[ssl_c_der,base64]': 'Client-Cert :%[ssl_c_der,base64]:' },
    chain: false,
  },
  nginx: { program: 'nginx', file: 'nginx-terminating.conf', chain: false },
  nginx_folded: {
    program: 'nginx',
    file: 'nginx-terminating.conf',
    change: { 'SSL-Client-Cert $ssl_client_escaped_cert': 'X-SSL-Cert $ssl_client_cert' },
    chain: false,
  },
  haproxy: { program: 'HAProxy', file: 'haproxy-terminating.cfg', chain: true },
  caddy: { program: 'Caddy', file: 'caddy-terminating.caddyfile', chain: false },
  apache: { program: 'Apache', file: 'apache-terminating.conf', chain: true },
  apache_escaped: {
    program: 'Apache',
    file: 'apache-terminating.conf',
    change: {
      'X-ClientCert "%{SSL_CLIENT_CERT}s"': 'X-Client-Cert "expr=%{escape:%{SSL_CLIENT_CERT}}"',
      '"%{SSL_CLIENT_CERT_CHAIN_0}s"': '"expr=%{escape:%{SSL_CLIENT_CERT_CHAIN_0}}"',
    },
    chain: true,
  },
};

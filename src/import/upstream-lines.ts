/** WSO2 as the server behind the gateway. */

import type { Connector } from './connector.ts';
import { SERVER_CERTIFICATE_FILE } from './listener-lines.ts';
import type { TokenBinding } from './token-binding.ts';
import { comment, origin, scalar } from './yaml-lines.ts';

/** What the page of WSO2 calls the header. */
export const DEFAULT_CERTIFICATE_HEADER = 'x-wso2-mtls-cert';

const INDENT = '    ';

export function upstreamLines(
  connector: Connector,
  { header }: TokenBinding,
  { hasCertificateClients }: { readonly hasCertificateClients: boolean },
): readonly string[] {
  const { hostname, offset, port } = connector;
  const isSent = header !== undefined || hasCertificateClients;
  return [
    'token_service:',
    '  upstream:',
    ...(hostname === undefined ? [] : origin(hostname, 'hostname', INDENT)),
    ...comment(
      `WSO2, moved to the next port: [server] offset = ${(offset?.value ?? 0) + 1}. The name has to be in its certificate.`,
      INDENT,
    ),
    `    url: ${scalar(`https://${hostname?.value ?? 'localhost'}:${port + 1}`)}`,
    ...comment(
      'Its own certificate where it is self-signed, else that of the CA that issued it.',
      INDENT,
    ),
    `    ca: [${SERVER_CERTIFICATE_FILE}]`,
    ...comment(
      'gateway: clients are authenticated and tokens are bound here, for every grant, and cnf is that of RFC 8705. ' +
        'WSO2 binds two grants only, and under a name of its own. From WSO2 7 on, where applications bind tokens to ' +
        'certificates themselves, native leaves the binding to it.',
      INDENT,
    ),
    '    kind: gateway',
    '    endpoints:',
    '      token: /oauth2/token',
    '      introspection: /oauth2/introspect',
    '      revocation: /oauth2/revoke',
    ...(header === undefined ? [] : origin(header, 'client_certificate_header', INDENT)),
    ...(isSent
      ? [
          '    certificate_headers:',
          '      - format: one_line_pem',
          `        name: ${scalar(header?.value ?? DEFAULT_CERTIFICATE_HEADER)}`,
        ]
      : []),
  ];
}

/** Templates of clients, as comments: the service providers are not in the files of WSO2. */

import type { ClientAuthenticators } from './client-authenticators.ts';
import { FILES_FOLDER } from './stores.ts';
import { comment, commentedOut, origin } from './yaml-lines.ts';

const INDENT = '  ';
const METHOD = '    token_endpoint_auth_method:';

export function clientLines({
  certificate,
  certificateAndSecret,
}: ClientAuthenticators): readonly string[] {
  const block = [
    'clients:',
    ...(certificate === undefined
      ? []
      : [
          ...origin(certificate, 'MutualTLSClientAuthenticator', INDENT),
          ...certificateTemplates(),
        ]),
    ...(certificateAndSecret === undefined
      ? []
      : [
          ...origin(certificateAndSecret, 'MutualTLSWithIdSecretAuthenticator', INDENT),
          ...secretTemplates(certificateAndSecret.mandateMutualSsl?.value ?? true),
        ]),
    ...comment('Without a certificate: a resource server that calls introspection.', INDENT),
    '  - client_id: RESOURCE_SERVER',
    `${METHOD} client_secret_basic`,
    '    grant_types: []',
  ];
  return [
    ...comment(
      'One entry for each service provider. Take its certificate from its Application Certificate field. ' +
        'Secrets stay in WSO2, which verifies what the client sends.',
    ),
    '#',
    ...commentedOut(block),
  ];
}

function certificateTemplates(): readonly string[] {
  return [
    ...comment('With an Application Certificate:', INDENT),
    '  - client_id: CLIENT_ID',
    `${METHOD} self_signed_tls_client_auth`,
    `    certificates: [${FILES_FOLDER}/CLIENT_ID.pem]`,
    '    upstream: {auth_method: certificate_header}',
    ...comment('With a JWKS endpoint; wso2_x5t if its keys have the x5t of WSO2:', INDENT),
    '  - client_id: CLIENT_ID_WITH_JWKS',
    `${METHOD} self_signed_tls_client_auth`,
    '    jwks_uri: https://client.example.com/jwks',
    '    wso2_x5t: true',
    '    upstream: {auth_method: certificate_header}',
    ...comment(
      'By the subject of a certificate that a CA of client_ca vouches for, which WSO2 could not do alone:',
      INDENT,
    ),
    '  - client_id: CLIENT_ID_WITH_SUBJECT',
    `${METHOD} tls_client_auth`,
    '    tls_client_auth_subject_dn: CN=client,O=Example',
    '    upstream: {auth_method: certificate_header}',
  ];
}

function secretTemplates(isMandated: boolean): readonly string[] {
  return [
    '  - client_id: CLIENT_ID_WITH_SECRET',
    `${METHOD} certificate_and_secret`,
    `    certificates: [${FILES_FOLDER}/CLIENT_ID_WITH_SECRET.pem]`,
    '    mandate_certificate: true',
    ...(isMandated
      ? []
      : [
          ...comment('Only for clients without an Application Certificate:', INDENT),
          '  - client_id: CLIENT_ID_WITH_SECRET_ALONE',
          `${METHOD} certificate_and_secret`,
          '    mandate_certificate: false',
        ]),
  ];
}

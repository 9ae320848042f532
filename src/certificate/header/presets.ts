/** What identity servers read, by the name of the server; docs/certificate-headers.md says how each is set up. */

import type { HeaderChoice } from './header-choice.ts';

export const PRESET_NAMES = [
  'wso2-is',
  'wso2-apim',
  'keycloak-nginx',
  'keycloak-haproxy',
  'keycloak-apache',
  'keycloak-rfc9440',
  'auth0',
  'connect2id',
  'ping',
  'openbao',
  'janssen',
  'node-oidc-provider',
  'envoy',
  'traefik',
  'aws-alb',
] as const;

export type PresetName = (typeof PRESET_NAMES)[number];

export const PRESETS: Readonly<Record<PresetName, HeaderChoice>> = {
  'wso2-is': { format: 'one_line_pem', names: { leaf: 'x-wso2-mtls-cert' }, chain: false },
  // Fully escaped: its decoder takes a bare `+` for a space.
  'wso2-apim': { format: 'nginx', names: { leaf: 'x-wso2-client-certificate' }, chain: false },
  // Fully escaped, for the same reason. It builds the chain from a trust store of its own.
  'keycloak-nginx': {
    format: 'nginx',
    names: { leaf: 'ssl-client-cert' },
    chain: false,
    verdictName: 'ssl-client-verify',
  },
  // Numbered fields: every version reads them, the concatenated chain of HAProxy only new ones.
  'keycloak-haproxy': {
    format: 'apache_base64',
    names: { leaf: 'ssl_client_cert', chain: 'cert_chain' },
    chain: true,
  },
  'keycloak-apache': {
    format: 'apache',
    names: { leaf: 'ssl_client_cert', chain: 'cert_chain' },
    chain: true,
  },
  'keycloak-rfc9440': {
    format: 'rfc9440',
    names: { leaf: 'client-cert', chain: 'client-cert-chain' },
    chain: true,
  },
  auth0: {
    format: 'nginx',
    names: { leaf: 'client-certificate' },
    chain: false,
    verdictName: 'client-certificate-ca-verified',
    maxLeafOctets: 4_096,
  },
  connect2id: { format: 'nginx', names: { leaf: 'sec-client-x509-cert' }, chain: false },
  ping: { format: 'nginx', names: { leaf: 'x-client-cert' }, chain: false },
  openbao: { format: 'rfc9440', names: { leaf: 'client-cert' }, chain: false },
  janssen: { format: 'apache', names: { leaf: 'x-clientcert' }, chain: false },
  'node-oidc-provider': { format: 'rfc9440', names: { leaf: 'client-cert' }, chain: false },
  envoy: { format: 'envoy', names: { leaf: 'x-forwarded-client-cert' }, chain: true },
  traefik: { format: 'traefik', names: { leaf: 'x-forwarded-tls-client-cert' }, chain: true },
  'aws-alb': { format: 'aws_alb', names: { leaf: 'x-amzn-mtls-clientcert' }, chain: true },
};

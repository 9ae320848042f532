/** The table of certificate header formats, by the name the configuration gives them. */

import {
  akamai,
  apacheBase64,
  azureBase64,
  caddy,
  cloudflare,
  f5Base64,
  haproxy,
  openshift,
} from './base64-der.ts';
import { cloudfront } from './cloudfront.ts';
import { envoy } from './envoy.ts';
import { apacheEscaped, awsAlb, awsAlbLeaf, nginx } from './escaped-pem.ts';
import type { HeaderCodec, HeaderFormat } from './header-codec.ts';
import { oneLinePem } from './one-line-pem.ts';
import { rfc9440 } from './rfc9440.ts';
import { apache, azurePem, f5Pem, nginxFolded } from './spaced-pem.ts';
import { traefik, traefikEscaped } from './traefik.ts';

export type { HeaderFormat } from './header-codec.ts';

const CODECS: Readonly<Record<HeaderFormat, HeaderCodec>> = {
  rfc9440,
  one_line_pem: oneLinePem,
  nginx,
  nginx_folded: nginxFolded,
  haproxy,
  openshift,
  envoy,
  traefik,
  traefik_escaped: traefikEscaped,
  caddy,
  apache,
  apache_escaped: apacheEscaped,
  apache_base64: apacheBase64,
  aws_alb: awsAlb,
  aws_alb_leaf: awsAlbLeaf,
  cloudfront,
  cloudflare,
  azure_pem: azurePem,
  azure_base64: azureBase64,
  f5_pem: f5Pem,
  f5_base64: f5Base64,
  akamai,
};

/** The codec of a format. */
export function codecFor(format: HeaderFormat): HeaderCodec {
  return CODECS[format];
}

/** A client as most are written, with openid-client. */

import * as client from 'openid-client';

import { httpsRequest } from '../support/https-client.ts';
import type { Issued } from '../support/pki.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { ISSUER } from './page-visitor.ts';

/** The library's requests, with the certificate in each handshake. */
function fetchWith({ port, ca }: GatewayFixture, certificate: Issued | undefined) {
  return async (url: string, { method, headers, body }: client.CustomFetchOptions) => {
    const { pathname, search } = new URL(url);
    const answer = await httpsRequest({
      port,
      ca,
      path: `${pathname}${search}`,
      authority: 'localhost:9443',
      method,
      headers: Object.entries(headers),
      ...(body instanceof URLSearchParams && { body: body.toString() }),
      ...certificate,
    });
    const type = answer.headers['content-type'] ?? '';
    return new Response(answer.text, { status: answer.status, headers: { 'content-type': type } });
  };
}

/** The library with what it found out about the service. */
export async function clientLibrary(
  gateway: GatewayFixture,
  certificate?: Issued,
  clientId = 'app',
) {
  return client.discovery(new URL(ISSUER), clientId, {}, client.TlsClientAuth(), {
    [client.customFetch]: fetchWith(gateway, certificate),
  });
}

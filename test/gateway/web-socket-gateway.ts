/** A gateway in front of a server of WebSockets, and raw connections to it. */

import type { TestContext } from 'node:test';

import { connect } from '../listener/running-listener.ts';
import type { Client } from '../listener/running-listener.ts';
import type { Issued } from '../support/pki.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture, LogLine } from '../support/running-gateway.ts';
import { startWebSocketUpstream } from '../support/web-socket-upstream.ts';
import type { OnUpgrade, WebSocketUpstream } from '../support/web-socket-upstream.ts';

const ROUTES = `
routes:
  - {path: /ws/*, upgrade: true}
  - {path: /ws/members/*, client_certificate: require_trusted}
`;

export interface Fixture {
  readonly gateway: GatewayFixture;
  readonly upstream: WebSocketUpstream;
  /** A raw connection to the gateway. */
  open(certificate?: Issued): Promise<Client>;
  requested(from?: number): Promise<LogLine>;
}

export interface StartOptions {
  readonly onUpgrade?: OnUpgrade;
  /** YAML members of the upstream. */
  readonly keys?: string;
  /** YAML members of the limits of the listener. */
  readonly limits?: string;
  readonly drain?: string;
  /** Another upstream than the one that is started. */
  readonly url?: string;
  readonly files?: Readonly<Record<string, string>>;
}

export async function start(
  t: TestContext,
  { onUpgrade, keys = '', limits = '', drain = '30s', url, files = {} }: StartOptions = {},
): Promise<Fixture> {
  const upstream = await startWebSocketUpstream(t, onUpgrade);
  const gateway = await startGateway({
    files,
    listener: `    limits: {${limits}}`,
    yaml: `
token_service:
  upstream: {url: '${url ?? upstream.url}', certificate_headers: [{format: rfc9440}], ${keys}}
shutdown: {drain_timeout: ${drain}}
${ROUTES}`,
  });
  t.after(() => gateway.close());
  return {
    gateway,
    upstream,
    open: (certificate) =>
      connect(t, gateway, {
        cert: certificate?.certificatePem,
        key: certificate?.privateKeyPem,
      }),
    requested: (from) => gateway.logged(({ msg }) => msg === 'request', from),
  };
}

/** A request for a WebSocket; `fields` are lines of their own. */
export function handshake(path: string, fields = ''): string {
  return (
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${fields}\r\n`
  );
}

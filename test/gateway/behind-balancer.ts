/** Requests as a load balancer sends them: the certificate of the client in a header. */

import type { TestContext } from 'node:test';

import { postForm } from '../support/https-client.ts';
import type { ClientAnswer, ClientOptions } from '../support/https-client.ts';
import type { Issued } from '../support/pki.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture, GatewayOptions, LogLine } from '../support/running-gateway.ts';

export const HEADER = 'x-wso2-mtls-cert';

/** The gateway behind a balancer on this machine, unless the keys say otherwise; see `startGateway`. */
export async function startBehindBalancer(
  t: Pick<TestContext, 'after'>,
  {
    balancer = {},
    mode = 'want',
    ...options
  }: GatewayOptions & {
    /** Keys of from_load_balancer. */
    readonly balancer?: Readonly<Record<string, unknown>>;
    /** client_certificate of the listener. */
    readonly mode?: 'off' | 'want' | 'require';
  },
): Promise<GatewayFixture> {
  const keys = { format: 'one_line_pem', peers: ['127.0.0.1'], ...balancer };
  const gateway = await startGateway({
    ...options,
    // JSON is YAML too.
    listener: `    client_certificate: ${mode}\n    from_load_balancer: ${JSON.stringify(keys)}`,
  });
  t.after(() => gateway.close());
  return gateway;
}

/** The header by which a balancer tells the certificate. */
export function told({
  certificatePem,
}: Pick<Issued, 'certificatePem'>): readonly [string, string] {
  return [HEADER, certificatePem.replaceAll('\n', '')];
}

export interface Attempt {
  readonly answer: ClientAnswer;
  /** The line of the request in the log. */
  readonly line: LogLine;
}

/** A token request, with what the log says of it. */
export async function askForToken(
  gateway: GatewayFixture,
  clientId: string,
  options: Pick<ClientOptions, 'headers' | 'certificatePem' | 'privateKeyPem'> = {},
): Promise<Attempt> {
  const { port, ca } = gateway;
  const known = gateway.log().length;
  const form = { grant_type: 'client_credentials', client_id: clientId };
  const answer = await postForm({ port, ca, path: '/oauth2/token', form, ...options });
  return { answer, line: await gateway.logged(({ msg }) => msg === 'request', known) };
}

/** Status, error and reason of a refused attempt. */
export function refusalOf({ answer, line }: Attempt): readonly unknown[] {
  return [answer.status, answer.json()['error'], line['reason']];
}

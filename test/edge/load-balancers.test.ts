import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { codecFor } from '../../src/certificate/header/codecs.ts';
import { readCertificates } from '../../src/certificate/pem.ts';
import { thumbprintOf } from '../../src/certificate/thumbprint.ts';
import { withoutOpenssl } from '../support/workshop.ts';
import { CLIENT_ADDRESS, startBalanced } from './balanced-gateway.ts';
import type { BalancedGateway, ClientId, Shown } from './balanced-gateway.ts';
import { BALANCERS, headerNamesOf } from './balancers.ts';

/** What a client says of itself, and nobody believes. */
const LIES = [
  ['X-Forwarded-For', '6.6.6.6'],
  ['X-Forwarded-Host', 'evil.example'],
  ['X-Forwarded-Proto', 'http'],
  ['Forwarded', 'for=6.6.6.6'],
] as const;

for (const balancer of BALANCERS) {
  const { file, format, skip } = balancer;
  const hasChain = format !== 'nginx' && format !== 'caddy';

  test(
    `${file}: log, upstream and cnf have the certificate of the handshake`,
    { skip },
    async (t) => {
      const gateway = await startBalanced(t, balancer);
      for (const clientId of [
        'self-signed',
        'pki',
        ...(hasChain ? ['deep' as const] : []),
      ] as const) {
        await expectSameEverywhere(gateway, clientId);
      }
    },
  );

  test(`T01, T20: ${file}: no header of a client stands for a handshake`, { skip }, async (t) => {
    const gateway = await startBalanced(t, balancer);
    const { clients, stranger } = gateway;
    const forged = forgeries(clients['self-signed']);
    for (const [shown, headers, reason] of [
      [undefined, [], 'certificate_absent'],
      [undefined, forged, 'certificate_absent'],
      [stranger, [], 'certificate_not_registered'],
      [stranger, forged, 'certificate_not_registered'],
    ] as const) {
      const answer = await gateway.ask('self-signed', { ...(shown && { shown }), headers });
      assert.deepEqual([answer.status, answer.json()['error']], [401, 'invalid_client']);
      assert.equal((await gateway.lastLine())['reason'], reason);
    }
    assert.deepEqual(gateway.requests, []);
    // A client with a certificate of its own is itself, whatever it writes.
    await expectSameEverywhere(gateway, 'pki', [...forged, ...LIES]);
  });

  test(
    `${file}: no CA names keep a client's certificate back`,
    { skip: skip || withoutOpenssl },
    async (t) => {
      const { port } = await startBalanced(t, balancer);
      const run = promisify(execFile)('openssl', ['s_client', '-connect', `127.0.0.1:${port}`]);
      run.child.stdin?.end();
      // It ends with an error where the connection does.
      const { stdout } = await run.catch((error: unknown) => error as { readonly stdout: string });
      assert.match(stdout, /No client certificate CA names sent/);
      // Asked for a certificate all the same.
      assert.match(stdout, /Requested Signature Algorithms/);
    },
  );

  test(`${file}: what it refuses itself, and what it passes on`, { skip }, async (t) => {
    const gateway = await startBalanced(t, balancer);
    const { deep, expired } = gateway.clients;
    if (!hasChain) {
      // No path leads to the CA.
      const answer = await gateway.ask('deep', { shown: deep });
      assert.equal(answer.status, 401);
      assert.equal((await gateway.lastLine())['reason'], 'certificate_issuer_unknown');
    }
    const refusal = gateway.ask('expired', { shown: expired });
    if (format === 'nginx') {
      const { status, text } = await refusal;
      assert.deepEqual([status, /SSL certificate error/.test(text)], [400, true]);
    } else if (format === 'apache') {
      await assert.rejects(refusal, /alert|ECONNRESET|EPIPE|socket hang up/);
    } else {
      assert.equal((await refusal).status, 401);
      assert.equal((await gateway.lastLine())['reason'], 'certificate_expired');
    }
    assert.deepEqual(gateway.requests, []);
  });
}

async function expectSameEverywhere(
  gateway: BalancedGateway,
  clientId: ClientId,
  headers: readonly (readonly [string, string])[] = [],
): Promise<void> {
  const shown = gateway.clients[clientId];
  const answer = await gateway.ask(clientId, { shown, headers });
  assert.equal(answer.status, 200, answer.text);

  const line = await gateway.lastLine();
  assert.deepEqual(
    [line['client_id'], line['thumbprint'], line['peer'], line['socket']],
    [clientId, shown.thumbprint, CLIENT_ADDRESS, '127.0.0.1'],
  );

  const sent = gateway.requests.at(-1)?.headers ?? {};
  const [, value = ''] = /^:(.*):$/.exec(String(sent['client-cert'])) ?? [];
  const seen = new X509Certificate(Buffer.from(value, 'base64'));
  assert.equal(thumbprintOf(seen.raw), shown.thumbprint);
  assert.match(String(sent['x-forwarded-for']), /^127\.0\.0\.2(, 127\.0\.0\.1)?$/);
  assert.equal(sent['x-forwarded-proto'], 'https');
  assert.match(String(sent['x-forwarded-host'] ?? sent['host']), /^localhost(:\d+)?$/);

  const token = String(answer.json()['access_token']);
  assert.deepEqual(await gateway.confirmed(token), { 'x5t#S256': shown.thumbprint });
}

/** The certificate as each of the balancers would tell it. */
function forgeries({ certificatePem }: Shown): readonly (readonly [string, string])[] {
  const [leaf = new Uint8Array()] = readCertificates(certificatePem);
  return (['nginx', 'haproxy', 'apache', 'caddy', 'rfc9440'] as const).flatMap((format) => {
    const codec = codecFor(format);
    const fields = codec.write({ leaf, chain: [leaf] }, codec.names);
    const unused = headerNamesOf(format).filter((name) => !fields.some(([used]) => used === name));
    return [...fields, ...unused.map((name) => [name, fields[0]?.[1] ?? ''] as const)];
  });
}

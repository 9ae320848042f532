/** A report with something in every part of the status page. */

import type { StatusReport } from '../../src/management/status-report.ts';

const DAY_MS = 86_400_000;
const STEP_MS = 30_000;

export function statusReport(
  overrides: Partial<StatusReport> = {},
): Omit<StatusReport, 'readiness'> {
  const at = Date.now();
  return {
    at,
    startedAt: at - 9.4 * DAY_MS,
    version: '1.2.3',
    node: '26.10.0',
    tokenService: { kind: 'upstream', url: 'https://idp.internal.bank.example', speaks: 'gateway' },
    listeners: [
      {
        name: 'public',
        address: '[2001:db8::10]:9443',
        clientCertificate: 'require',
        trustAnchors: 2,
        serverNames: 3,
        front: 'proxy_protocol',
        connections: 412,
      },
    ],
    certificates: [
      {
        role: 'client',
        holder: 'h9gd1bLEgzUwftAhnrof0fZWcZwa',
        subject: `CN=${'a-long-name-without-any-space'.repeat(5)},O=Bank Example`,
        thumbprint: 'x',
        notAfter: at + 1.2 * DAY_MS,
      },
    ],
    clients: [{ method: 'self_signed_tls_client_auth', count: 1_284 }],
    registeredClients: [{ method: 'tls_client_auth', count: 17 }],
    store: { engine: 'postgres' },
    history: {
      stepMs: STEP_MS,
      steps: Array.from({ length: 120 }, (_, index) => ({
        startedAt: at - (119 - index) * STEP_MS,
        handshakes: { ok: index, failed: index % 3 },
        requests: { allowed: 4 * index, refused: index % 7, failed: index === 60 ? 50 : 0 },
      })),
      reasons: [['certificate_extended_key_usage', 12]],
      upstream: { succeededAt: at - 400, failedAt: at - 840_000 },
      store: { succeededAt: at, failedAt: undefined },
    },
    ...overrides,
  };
}

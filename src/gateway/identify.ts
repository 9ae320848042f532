/** Who is calling, from the handshake or a believed balancer, and the fields that may speak of it: none. */

import { thumbprintOf } from '../certificate/thumbprint.ts';
import type { StripList } from '../certificate/header/strip-list.ts';
import type { ConnectionFacts, Exchange } from '../http/exchange.ts';
import { FieldNames } from '../http/field-names.ts';
import { withoutFields } from '../http/header-list.ts';
import { endToEndFields } from '../http/hop-by-hop.ts';
import type { Trace } from '../http/trace.ts';
import type { Call } from '../oauth/call.ts';
import type { CertificateOutcome } from '../telemetry/events.ts';
import type { Presentation } from '../certificate/client-certificate.ts';
import type { Trust } from '../trust/trust.ts';
import type { LoadBalancer, Speaker } from './speaker.ts';

/** Servers that map fields to variables take `_` and `.` for `-`: only one spelling passes (T03). */
const PLAIN_NAME = /^[A-Za-z0-9-]+$/;

/** Written anew for each request of ours, where there is tracing. */
const TRACE_FIELDS = new FieldNames(['traceparent', 'tracestate']);

export interface IdentifyDeps {
  readonly trust: Pick<Trust, 'present' | 'prepare'>;
  readonly stripList: StripList;
}

/** Opens the call of an exchange: its certificate with the verdict of this moment, fields stripped. */
export function openCall(
  exchange: Exchange,
  { carrier, chain, problem, forwarding }: Speaker,
  { trust, stripList }: IdentifyDeps,
  trace: Trace | undefined,
): Call {
  // Hop-by-hop first: whatever the client names in Connection is gone before we add ours.
  const fields = endToEndFields(exchange.headers).filter(
    (field) => PLAIN_NAME.test(field[0]) && !stripList.matches(field[0]),
  );
  return {
    exchange,
    headers: trace === undefined ? fields : withoutFields(fields, TRACE_FIELDS),
    chain,
    carrier,
    presentation: problem === undefined ? trust.present(chain) : { kind: 'unreadable', ...problem },
    forwarding,
    trace,
    journal: {},
  };
}

/** What a handshake brought where it is the certificate by which a balancer is known; else undefined. */
export function balancerOutcome(
  connection: ConnectionFacts,
  balancers: ReadonlyMap<string, LoadBalancer>,
): CertificateOutcome | undefined {
  const balancer = balancers.get(connection.listener);
  const [own] = connection.certificates;
  if (balancer?.hasCertificate !== true || own === undefined) return undefined;
  if (balancer.standing(connection) !== 'balancer') return undefined;
  return { outcome: 'load_balancer', thumbprint: thumbprintOf(own) };
}

/** The presentation as log and metrics tell it. */
export function certificateOutcome(presentation: Presentation): CertificateOutcome {
  switch (presentation.kind) {
    case 'absent':
      return { outcome: 'none' };
    case 'unreadable':
      return { outcome: 'untrusted', reason: presentation.reason };
    case 'presented': {
      const { certificate, verdict } = presentation;
      const { thumbprint, notAfter } = certificate;
      return verdict.kind === 'untrusted'
        ? { outcome: 'untrusted', reason: verdict.reason, thumbprint, notAfter }
        : { outcome: verdict.kind, thumbprint, notAfter };
    }
  }
}

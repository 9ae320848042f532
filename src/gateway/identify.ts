/** Who is calling, from the handshake alone, and the fields that may speak of it: none. */

import type { StripList } from '../certificate/header/strip-list.ts';
import type { Exchange } from '../http/exchange.ts';
import { endToEndFields } from '../http/hop-by-hop.ts';
import type { Call } from '../oauth/call.ts';
import type { CertificateOutcome } from '../telemetry/events.ts';
import type { Presentation } from '../certificate/client-certificate.ts';
import type { Trust } from '../trust/trust.ts';

/** Servers that map fields to variables take `_` and `.` for `-`: only one spelling passes (T03). */
const PLAIN_NAME = /^[A-Za-z0-9-]+$/;

/** Opens the call of an exchange: its certificate with the verdict of this moment, fields stripped. */
export function openCall(exchange: Exchange, trust: Trust, stripList: StripList): Call {
  return {
    exchange,
    // Hop-by-hop first: whatever the client names in Connection is gone before we add ours.
    headers: endToEndFields(exchange.headers).filter(
      ([name]) => PLAIN_NAME.test(name) && !stripList.matches(name),
    ),
    presentation: trust.present(exchange.connection),
    journal: {},
  };
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
      const { thumbprint } = certificate;
      return verdict.kind === 'untrusted'
        ? { outcome: 'untrusted', reason: verdict.reason, thumbprint }
        : { outcome: verdict.kind, thumbprint };
    }
  }
}

/** Tells of finished handshakes, with what their certificates are worth. */

import { balancerOutcome, certificateOutcome } from '../gateway/identify.ts';
import type { LoadBalancer } from '../gateway/speaker.ts';
import type { ConnectionFacts } from '../http/exchange.ts';
import type { CertificateOutcome } from '../telemetry/events.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Trust } from '../trust/trust.ts';

export interface HandshakeDeps {
  readonly trust: Trust;
  /** By the name of their listener. */
  readonly balancers: ReadonlyMap<string, LoadBalancer>;
  readonly telemetry: Telemetry;
}

export function createHandshakeTeller({
  trust,
  balancers,
  telemetry,
}: HandshakeDeps): (facts: ConnectionFacts) => void {
  return (facts) => {
    const tell = (certificate: CertificateOutcome): void =>
      telemetry.events({
        kind: 'handshake_completed',
        listener: facts.listener,
        peerAddress: facts.peerAddress,
        socketAddress: facts.socketAddress,
        tlsProtocol: facts.tlsProtocol,
        virtualHost: facts.virtualHost,
        isResumed: facts.isResumed,
        durationSeconds: facts.handshakeMs / 1_000,
        certificate,
      });
    const balancer = balancerOutcome(facts, balancers);
    if (balancer !== undefined) return tell(balancer);
    const tellClient = (): void => tell(certificateOutcome(trust.present(facts)));
    // The questions are under way before the first request; what is told is what they brought.
    const answers = trust.prepare(facts);
    if (answers === undefined) return tellClient();
    // A bug of ours, which a client's certificate must not turn into the end of the process.
    void answers.then(tellClient).catch((error: unknown) =>
      telemetry.log('error', 'a finished handshake could not be told', {
        listener: facts.listener,
        detail: error instanceof Error ? error.message : 'unknown',
      }),
    );
  };
}

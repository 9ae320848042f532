/** Whose a certificate would be: every client, each by the trust that counts for it. */

import type { ClientCertificate } from '../certificate/client-certificate.ts';
import type { Client } from '../clients/client.ts';
import type { JwksAnswer } from '../clients/client-match.ts';
import { explainMatch } from '../clients/explain-match.ts';
import type { ClientExplanation } from '../clients/explain-match.ts';
import type { Reason } from '../errors.ts';
import type { PresentedChain } from '../trust/reading.ts';
import type { Judge } from './judgement.ts';
import type { Pause } from './pause.ts';

/** Printed as JSON, hence its names. */
export interface ExplainedClient {
  readonly client_id: string;
  readonly method: Client['method'];
  readonly matches: boolean;
  readonly registered: readonly string[];
  readonly reason: Reason | null;
  readonly detail: string | null;
}

export interface ClientsDeps {
  readonly judge: Judge;
  /** What came of the client's `jwks_uri`; undefined where nobody asked. */
  readonly answerOf: (client: Client) => JwksAnswer | undefined;
  readonly pause: Pause;
}

/**
 * Returns an explanation for each client: those that match first, else in the order given.
 *
 * Pauses before each of them, as a client with anchors of its own costs a path validation.
 */
export async function explainClients(
  certificate: ClientCertificate,
  chain: PresentedChain,
  clients: readonly Client[],
  { judge, answerOf, pause }: ClientsDeps,
): Promise<readonly ExplainedClient[]> {
  const explained: ExplainedClient[] = [];
  for (const client of clients) {
    await pause();
    const presented = { certificate, verdict: judge.verdict(chain, client.clientId) };
    explained.push(printed(explainMatch(client, presented, answerOf(client))));
  }
  return explained.toSorted((a, b) => Number(b.matches) - Number(a.matches));
}

function printed(explanation: ClientExplanation): ExplainedClient {
  const { clientId, method, matches, registered, reason, detail } = explanation;
  return {
    client_id: clientId,
    method,
    matches,
    registered,
    reason: reason ?? null,
    detail: detail ?? null,
  };
}

/** Explains PEM text by the live world, for whoever asks a gateway that runs. */

import { readCertificates } from '../certificate/pem.ts';
import type { Client } from '../clients/client.ts';
import type { JwksAnswer } from '../clients/client-match.ts';
import { CertificateError } from '../errors.ts';
import type { TrustWorld } from '../trust/trust-world.ts';
import { explainCertificate } from './explanation.ts';
import type { ExplainDeps, Explanation } from './explanation.ts';

export interface ExplainerDeps extends Pick<ExplainDeps, 'clients' | 'headers'> {
  readonly world: () => TrustWorld;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The keys of a client's `jwks_uri`. Asked for a client that is named, never for all. */
  readonly answerOf: (client: Client) => Promise<JwksAnswer | undefined>;
}

/** Names that stand in the configuration; undefined: the first listener, every client. */
export interface Asked {
  readonly listener: string | undefined;
  readonly clientId: string | undefined;
}

export type ExplainerAnswer =
  | { readonly status: 200; readonly body: Explanation }
  | {
      readonly status: 400;
      readonly body: { readonly error: { readonly code: string; readonly message: string } };
    };

export type Explainer = (pem: string, asked: Asked) => Promise<ExplainerAnswer>;

/** The certificate is the first of the text; the others were sent along with it. */
export function createExplainer(deps: ExplainerDeps): Explainer {
  return async (pem, { listener: named, clientId }) => {
    const world = deps.world();
    const listener = named ?? [...world.listeners.keys()][0] ?? '';
    if (!world.listeners.has(listener)) return refused('listener_unknown', 'no such listener');
    const client = deps.clients.find((one) => one.clientId === clientId);
    if (clientId !== undefined && client === undefined) {
      return refused('client_unknown', 'no such client');
    }
    const answer = client && (await deps.answerOf(client));
    try {
      const [first, ...others] = readCertificates(pem);
      if (first === undefined) return refused('certificate_absent', 'no certificate');
      const body = explainCertificate(
        {
          certificates: [first, ...others],
          at: deps.now(),
          purpose: 'client_auth',
          listener,
          clientId,
        },
        { ...deps, world, answerOf: (one) => (one === client ? answer : undefined) },
      );
      return { status: 200, body };
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      return refused(error.reason, error.message);
    }
  };
}

function refused(code: string, message: string): ExplainerAnswer {
  return { status: 400, body: { error: { code, message } } };
}

/** Explains PEM text by the live world, for whoever asks a gateway that runs. */

import { readCertificates } from '../certificate/pem.ts';
import type { Client } from '../clients/client.ts';
import type { JwksAnswer } from '../clients/client-match.ts';
import type { ClientRegistry } from '../clients/registry.ts';
import { CertificateError, RequestError, StoreError } from '../errors.ts';
import type { TrustWorld } from '../trust/trust-world.ts';
import { explainCertificate } from './explanation.ts';
import type { ExplainDeps, Explanation } from './explanation.ts';
import { createPause } from './pause.ts';

export interface ExplainerDeps extends Pick<ExplainDeps, 'clients' | 'headers'> {
  readonly world: () => TrustWorld;
  /** Finds a client that is named; it need not be among `clients`. */
  readonly find: ClientRegistry['find'];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The keys of a client's `jwks_uri`. Asked for a client that is named, never for all. */
  readonly answerOf: (client: Client) => Promise<JwksAnswer | undefined>;
}

/** Names; undefined: the first listener, every client of the configuration. */
export interface Asked {
  readonly listener: string | undefined;
  readonly clientId: string | undefined;
}

export interface ExplainerOptions {
  /** Longest time for one explanation; beyond it the answer is 503. */
  readonly maxTotalMs?: number;
  /** Clients in one answer, those that match first: writing JSON can't be done in slices. */
  readonly maxClients?: number;
}

export type ExplainerAnswer =
  | {
      readonly status: 200;
      readonly body: Explanation & { readonly clients_left_out: number };
    }
  | {
      readonly status: 400 | 503;
      readonly body: { readonly error: { readonly code: string; readonly message: string } };
    };

export type Explainer = (
  pem: string,
  asked: Asked,
  signal?: AbortSignal,
) => Promise<ExplainerAnswer>;

const MAX_TOTAL_MS = 5_000;
const MAX_CLIENTS = 1_000;

/** The certificate is the first of the text; the others were sent along with it. */
export function createExplainer(deps: ExplainerDeps, options: ExplainerOptions = {}): Explainer {
  const { maxTotalMs = MAX_TOTAL_MS, maxClients = MAX_CLIENTS } = options;
  return async (pem, { listener: named, clientId }, signal) => {
    const world = deps.world();
    const listener = named ?? [...world.listeners.keys()][0] ?? '';
    if (!world.listeners.has(listener)) return refused('listener_unknown', 'no such listener');
    try {
      const client = clientId === undefined ? undefined : await deps.find(clientId);
      if (clientId !== undefined && client === undefined) {
        return refused('client_unknown', 'no such client');
      }
      const answer = client && (await deps.answerOf(client));
      const [first, ...others] = readCertificates(pem);
      if (first === undefined) return refused('certificate_absent', 'no certificate');
      const found = await explainCertificate(
        {
          certificates: [first, ...others],
          at: deps.now(),
          purpose: 'client_auth',
          listener,
          clientId,
        },
        {
          ...deps,
          ...(client !== undefined && { clients: [client] }),
          world,
          answerOf: (one) => (one === client ? answer : undefined),
          pause: createPause({ maxTotalMs, signal }),
        },
      );
      const clients = found.clients.slice(0, maxClients);
      const clientsLeftOut = found.clients.length - clients.length;
      return { status: 200, body: { ...found, clients, clients_left_out: clientsLeftOut } };
    } catch (error) {
      if (error instanceof CertificateError) return refused(error.reason, error.message);
      if (error instanceof StoreError) {
        return { ...refused(error.reason, error.publicText), status: 503 };
      }
      if (!(error instanceof RequestError)) throw error;
      return { ...refused(error.code, error.publicText), status: 503 };
    }
  };
}

function refused(code: string, message: string) {
  return { status: 400, body: { error: { code, message } } } as const;
}

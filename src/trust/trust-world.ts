/** What the judgement of certificates rests on, replaced as a whole when any part of it changes. */

import type { CrlSet } from '../certificate/revocation/crl-set.ts';
import type { AnchorSet } from '../certificate/path/path-anchor.ts';
import type { PathRules } from '../certificate/path/path-rules.ts';
import type { RevocationMode } from '../certificate/revocation/revocation.ts';
import type { RevocationSource } from './revocation-source.ts';

/** Who vouches for clients, and how strictly. */
export interface TrustPolicy {
  /** Unique; part of the key of cached verdicts. */
  readonly name: string;
  readonly anchors: AnchorSet;
  readonly rules: PathRules;
  readonly revocation: RevocationMode;
  /** Somebody else, who is believed, has built the path and asked about revocation. */
  readonly verifiedBy?: 'balancer';
}

export type ClientTrust = Partial<Pick<TrustPolicy, 'anchors' | 'revocation'>>;

export interface TrustWorld {
  /** Grows with every change; verdicts of another generation count for nothing. */
  readonly generation: number;
  /** By the name of the listener. */
  readonly listeners: ReadonlyMap<string, TrustPolicy>;
  /** By `client_id`: what takes the place of the listener's for this client. */
  readonly clients: ReadonlyMap<string, ClientTrust>;
  readonly crls: CrlSet;
  /** Who is asked beside the lists; empty where nobody is. */
  readonly sources: readonly RevocationSource[];
}

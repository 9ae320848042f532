/** What the status page tells, as plain data that is handed in. */

import type { HistorySnapshot } from '../telemetry/history.ts';
import type { Readiness } from './probes.ts';

export interface StatusReport {
  /** Milliseconds since the epoch, as every time here unless it says otherwise. */
  readonly at: number;
  readonly startedAt: number;
  readonly version: string;
  readonly node: string;
  readonly readiness: Readiness;
  readonly tokenService:
    | { readonly kind: 'embedded'; readonly issuer: string }
    | { readonly kind: 'upstream'; readonly url: string; readonly speaks: 'gateway' | 'native' };
  readonly listeners: readonly ListenerStatus[];
  /** By the end of their validity, the next one first. */
  readonly certificates: readonly CertificateStatus[];
  /** Those of the configuration. */
  readonly clients: readonly MethodCount[];
  /** Those that registered themselves; `unknown` where the store fails, absent where none can. */
  readonly registeredClients?: readonly MethodCount[] | 'unknown';
  readonly store: { readonly engine: string };
  /** Absent while there was none. */
  readonly lastReload?: ReloadStatus;
  readonly history: HistorySnapshot;
}

export interface MethodCount {
  readonly method: string;
  readonly count: number;
}

export interface ListenerStatus {
  readonly name: string;
  /** `host:port` as bound. */
  readonly address: string;
  readonly clientCertificate: 'off' | 'want' | 'require';
  /** CAs in its trust stores. */
  readonly trustAnchors: number;
  /** Entries of `server_names`. */
  readonly serverNames: number;
  /** What stands between it and its clients. */
  readonly front: 'none' | 'proxy_protocol' | 'load_balancer';
  readonly connections: number;
}

export interface CertificateStatus {
  readonly role: string;
  /** The listener or the client it belongs to; empty for one that belongs to neither. */
  readonly holder: string;
  readonly subject: string;
  readonly thumbprint: string;
  readonly notAfter: number;
}

export interface ReloadStatus {
  readonly at: number;
  readonly result: 'reloaded' | 'refused' | 'failed';
  /** One line each, with file, line and column; empty where all is well. */
  readonly problems: readonly string[];
}

/**
 * Every error class of the product. A room throws one of these or lets a library's error pass to
 * the room that can translate it; nothing else leaves a room.
 *
 * Each error carries two texts: the public one says what the caller can mend, the private one says
 * what was seen and goes to the log only.
 */

import type { Reason } from './reasons.ts';

export { REASONS } from './reasons.ts';
export type { Reason } from './reasons.ts';

interface ErrorFacts {
  readonly reason: Reason;
  /** What the caller can mend; may be sent over the wire. */
  readonly publicText: string;
  /** What we saw; for the log only. */
  readonly detail?: string;
  readonly cause?: unknown;
}

/** Base of all our errors. `message` is the private text. */
export abstract class CertboundError extends Error {
  readonly reason: Reason;
  readonly publicText: string;

  constructor(facts: ErrorFacts) {
    super(facts.detail ?? facts.publicText, { cause: facts.cause });
    this.name = new.target.name;
    this.reason = facts.reason;
    this.publicText = facts.publicText;
  }
}

/** A certificate that was refused; `reason` says by which rule. */
export class CertificateError extends CertboundError {
  constructor(reason: Reason, detail: string, cause?: unknown) {
    super({ reason, publicText: 'the client certificate was refused', detail, cause });
  }
}

/** A trust store, a CRL or an OCSP answer that was refused as a whole: nothing in it is used. */
export class TrustDataError extends CertboundError {
  constructor(reason: Reason, detail: string, cause?: unknown) {
    super({ reason, publicText: 'data about trust or revocation was refused', detail, cause });
  }
}

/** The key set of a client that was refused as a whole: none of its keys is used. */
export class KeySetError extends CertboundError {
  constructor(detail: string, cause?: unknown) {
    const publicText = 'the key set of the client was refused';
    super({ reason: 'client_keys_malformed', publicText, detail, cause });
  }
}

/** What a connection began with was no PROXY header, or one that was refused as a whole. */
export class ProxyHeaderError extends CertboundError {
  constructor(reason: 'proxy_header_absent' | 'proxy_header_invalid', detail: string) {
    super({ reason, publicText: 'the PROXY header was refused', detail });
  }
}

/** A document that could not be fetched, or was refused before or after it came. */
export class FetchError extends CertboundError {
  constructor(
    reason:
      | 'fetch_refused'
      | 'fetch_failed'
      | 'fetch_timeout'
      | 'fetch_too_large'
      | 'fetch_answer_invalid',
    detail: string,
    cause?: unknown,
  ) {
    super({ reason, publicText: 'a document could not be fetched', detail, cause });
  }
}

/**
 * An answer of the gateway itself that is not a success. `code` is the wire error: an OAuth error
 * code (RFC 6749 section 5.2) on OAuth paths, one of our own words elsewhere.
 */
export class RequestError extends CertboundError {
  readonly status: number;
  readonly code: string;
  /** Extra header fields of the answer, such as `WWW-Authenticate` or `Allow`. */
  readonly headers: readonly (readonly [string, string])[];

  constructor(
    facts: ErrorFacts & {
      readonly status: number;
      readonly code: string;
      readonly headers?: readonly (readonly [string, string])[];
    },
  ) {
    super(facts);
    this.status = facts.status;
    this.code = facts.code;
    this.headers = facts.headers ?? [];
  }
}

/** The upstream could not be asked, or answered what can't be passed on. */
export class UpstreamError extends CertboundError {
  readonly status: 502 | 503 | 504;

  constructor(facts: ErrorFacts & { readonly status: 502 | 503 | 504 }) {
    super(facts);
    this.status = facts.status;
  }
}

/** The store could not take or give a record. Always answered 503: nothing is accepted unbound. */
export class StoreError extends CertboundError {
  constructor(reason: 'store_unavailable' | 'store_full', detail: string, cause?: unknown) {
    super({ reason, publicText: 'the service is temporarily unavailable', detail, cause });
  }
}

/** One problem of the configuration, with its place. */
export interface ConfigProblem {
  /** `config.yaml:12:5`, or just the file where no line can be named. */
  readonly place: string;
  /** The key, such as `listeners[0].certificate`; empty for the file as a whole. */
  readonly key: string;
  readonly text: string;
}

/** All problems of a configuration at once. The command line answers it with exit code 78. */
export class ConfigError extends CertboundError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ place, key, text }) =>
      [place, key === '' ? '' : `${key}:`, text].filter(Boolean).join(' '),
    );
    super({ reason: 'internal_error', publicText: lines.join('\n') });
    this.problems = problems;
  }
}

/** The program can't start or go on for a reason outside the configuration (a port in use, say). */
export class StartError extends CertboundError {
  constructor(publicText: string, cause?: unknown) {
    super({ reason: 'internal_error', publicText, cause });
  }
}

/** A command line that can't be understood. The command line answers it with exit code 2. */
export class UsageError extends CertboundError {
  constructor(publicText: string, cause?: unknown) {
    super({ reason: 'internal_error', publicText, cause });
  }
}

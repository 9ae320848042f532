/** What a verifier is given and what it answers. */

import type { ClientCertificate, Verdict } from '../certificate/client-certificate.ts';
import type { Jwks } from '../certificate/key-set/jwks.ts';
import type { Reason } from '../errors.ts';

/** A certificate whose key the client has proven to hold. */
export interface Presented {
  readonly certificate: ClientCertificate;
  /** For a client with anchors of its own: the verdict by these. */
  readonly verdict: Verdict;
}

/** Why a certificate is not the client's; `detail` has what was seen and what was expected. */
export interface ClientMismatch {
  readonly reason: Reason;
  readonly detail: string;
}

/** What came of asking a client's `jwks_uri`. */
export type JwksAnswer =
  | { readonly kind: 'keys'; readonly jwks: Jwks }
  | { readonly kind: 'unavailable'; readonly reason: Reason; readonly detail: string };

/** Longest list of values in a detail, and longest text of one. */
const maxValues = 5;
const maxLength = 300;

/** Values for a detail, so many that a line of the log stays readable. */
export function listValues(values: readonly string[]): string {
  if (values.length === 0) return 'none';
  const shown = values.slice(0, maxValues).map(shortened);
  const others = values.length - shown.length;
  return shown.join(', ') + (others > 0 ? ` and ${others} more` : '');
}

function shortened(text: string): string {
  return text.length > maxLength ? `${text.slice(0, maxLength)}...` : text;
}

/** What an active answer to introspection must say of the certificate (RFC 8705 section 3.2). */

import { readJsonMembers } from '../http/json-members.ts';
import type { JsonMembers } from '../http/json-members.ts';
import { bindingConflict } from './binding-conflict.ts';

export interface ConfirmationOptions {
  /** Whether `cnf` also has the member that the first generation of WSO2 Identity Server wrote. */
  readonly legacyX5tSha256: boolean;
  /** Whether values of `scope` that only a server needs are taken out. */
  readonly removeHiddenScopes: boolean;
}

const STANDARD = ['x5t#S256'] as const;
const BOTH = [...STANDARD, 'x5t#SHA256'] as const;

/** Where servers keep a thumbprint, and when a consent was given. */
const HIDDEN_SCOPE = /^(?:x5t#|TIME_)/;
const HAS_HIDDEN_SCOPE = /(?:^| )(?:x5t#|TIME_)/;

/**
 * The value of `cnf` with the thumbprint in it; undefined where it stands there already. Other
 * members, the `jkt` of DPoP for one, stay as they are.
 *
 * @param present the value of `cnf` in the answer.
 * @param thumbprint in base64url, which JSON takes without escapes.
 * @throws UpstreamError 502 `binding_conflict` for a value that names another certificate, under
 * either name, or that does not say clearly which.
 */
export function confirmationChange(
  present: string | undefined,
  thumbprint: string,
  { legacyX5tSha256 }: ConfirmationOptions,
): string | undefined {
  const value = `"${thumbprint}"`;
  if (present === undefined) {
    const legacy = legacyX5tSha256 ? `,"x5t#SHA256":${value}` : '';
    return `{"x5t#S256":${value}${legacy}}`;
  }
  const confirmation = readJsonMembers(present);
  if (confirmation === undefined) throw bindingConflict('the cnf is no object with unique keys');
  for (const name of BOTH) {
    if (confirmation.has(name) && confirmation.value(name) !== thumbprint) {
      throw bindingConflict(
        'the cnf of the identity server names another certificate than the binding',
      );
    }
  }
  const wanted = legacyX5tSha256 ? BOTH : STANDARD;
  const missing = wanted.filter((name) => !confirmation.has(name));
  if (missing.length === 0) return undefined;
  return confirmation.changed(new Map(missing.map((name) => [name, value])));
}

/** The value of `scope` without what a server hides there; undefined where nothing is hidden. */
export function scopeChange(
  json: JsonMembers,
  { removeHiddenScopes }: ConfirmationOptions,
): string | undefined {
  const scope = removeHiddenScopes ? json.value('scope') : undefined;
  if (typeof scope !== 'string' || !HAS_HIDDEN_SCOPE.test(scope)) return undefined;
  const shown = scope.split(' ').filter((value) => !HIDDEN_SCOPE.test(value));
  return JSON.stringify(shown.join(' '));
}

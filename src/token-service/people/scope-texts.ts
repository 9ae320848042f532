/** Scopes in plain words. */

import { PROTECTION_SCOPE } from '../uma/protection-token.ts';

export interface ScopeText {
  readonly name: string;
  readonly description: string;
}

const STANDARD: readonly ScopeText[] = [
  { name: 'openid', description: 'Know who you are' },
  { name: 'profile', description: 'See your user name' },
  { name: 'offline_access', description: 'Keep its access after you have signed out' },
];

/** Of the resource servers of UMA. */
const PROTECTION: ScopeText = {
  name: PROTECTION_SCOPE,
  description: 'Keep things of yours that others may be let see',
};

/** Names of the scopes that the service knows by itself. */
export const STANDARD_SCOPES: readonly string[] = STANDARD.map(({ name }) => name);

/** Returns the words for each scope, in the order of the list; the scope itself where there are none. */
export function scopeTexts(
  scopes: readonly string[],
  configured: readonly ScopeText[],
): readonly string[] {
  const known = new Map(
    [...STANDARD, PROTECTION, ...configured].map((scope) => [scope.name, scope]),
  );
  return scopes.map((scope) => known.get(scope)?.description ?? scope);
}

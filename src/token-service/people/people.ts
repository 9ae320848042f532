/** The flows with people: pages of ours around the provider's own routes. */

import { burnForeignCodes } from './foreign-code.ts';
import { slowCodeGuesses } from './code-guesses.ts';
import { serveInteractions } from './interactions.ts';
import { guardPages } from './page-guard.ts';
import { PEOPLE_PATHS } from './paths.ts';
import { paceDevices } from './polling-pace.ts';
import type { ScopeText } from './scope-texts.ts';
import type { Log } from '../log.ts';
import type { Passwords } from '../passwords.ts';
import type { LoadedProvider, OidcProvider } from '../provider.ts';
import { PATHS } from '../routes.ts';
import type { StrangerLimits } from '../strangers.ts';

export interface PeopleDeps {
  readonly issuer: string;
  readonly passwords: Passwords;
  readonly scopes?: readonly ScopeText[];
  readonly strangers: StrangerLimits;
  readonly loaded: Pick<LoadedProvider, 'refusal' | 'expired' | 'crowded'>;
  readonly log: Log;
}

/** Adds all of it to the provider. */
export function servePeople(provider: OidcProvider, deps: PeopleDeps): void {
  guardPages(provider, deps);
  slowCodeGuesses(provider, deps);
  serveInteractions(provider, { ...deps, scopes: deps.scopes ?? [] });
  burnForeignCodes(provider, PATHS.token);
  paceDevices(provider, deps.strangers.devices, {
    token: PATHS.token,
    deviceAuthorization: PEOPLE_PATHS.device_authorization,
  });
}

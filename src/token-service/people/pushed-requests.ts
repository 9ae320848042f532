/** Pushed authorization requests (RFC 9126): good once, for a minute, for the client that pushed. */

import type { PeopleFacts } from './people-configuration.ts';

export interface PushedRequestFacts extends Pick<PeopleFacts, 'passwords'> {
  /** Whether every authorization request must have been pushed. */
  readonly requirePushedRequests?: boolean | undefined;
}

/** Returns the feature of the provider; off where nobody can be sent here. */
export function pushedRequestFeature({ passwords, requirePushedRequests }: PushedRequestFacts) {
  return {
    enabled: passwords !== undefined,
    requirePushedAuthorizationRequests: requirePushedRequests === true,
    // RFC 9126 section 2.4 lets servers take addresses that nobody has registered.
    allowUnregisteredRedirectUris: false,
  };
}

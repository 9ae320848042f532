/** The metadata documents (RFC 8414, OpenID Connect Discovery). */

import { PEOPLE_PATHS } from './people/paths.ts';
import type { PeopleFacts } from './people/people-configuration.ts';
import { PATHS } from './routes.ts';

/**
 * What the provider publishes whether or not there is a flow with a user: with the machine grants
 * alone these members would promise what is answered 404.
 */
const ONLY_WITH_USERS: readonly string[] = [
  'authorization_endpoint',
  'authorization_response_iss_parameter_supported',
  'claim_types_supported',
  'claims_parameter_supported',
  'claims_supported',
  'code_challenge_methods_supported',
  'request_uri_parameter_supported',
  'response_modes_supported',
  'scopes_supported',
];

/**
 * Returns the members that the provider does not publish by itself. The aliases of RFC 8705 section
 * 5 are the same URLs: one port takes clients with and without a certificate.
 */
export function extraMetadata(
  { issuer, passwords }: PeopleFacts,
  methods: readonly string[],
): Record<string, unknown> {
  return {
    introspection_endpoint_auth_methods_supported: [...methods],
    revocation_endpoint_auth_methods_supported: [...methods],
    mtls_endpoint_aliases: {
      token_endpoint: issuer + PATHS.token,
      introspection_endpoint: issuer + PATHS.introspection,
      revocation_endpoint: issuer + PATHS.revocation,
      ...(passwords !== undefined && {
        userinfo_endpoint: issuer + PEOPLE_PATHS.userinfo,
        device_authorization_endpoint: issuer + PEOPLE_PATHS.device_authorization,
        pushed_authorization_request_endpoint: issuer + PEOPLE_PATHS.pushed_authorization_request,
      }),
    },
  };
}

/** Returns the provider's document; without what only flows with a user need where there are none. */
export function publishedMetadata(
  document: Readonly<Record<string, unknown>>,
  hasUsers: boolean,
): object {
  if (hasUsers) return document;
  const entries = Object.entries(document).filter(([name]) => !ONLY_WITH_USERS.includes(name));
  return Object.fromEntries(entries);
}

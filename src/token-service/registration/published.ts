/** Where clients register. */

/** Answered by the gateway, which has to know the clients that register; theirs are below it. */
export const REGISTRATION_PATH = '/oauth2/register';

/** Returns the member of the metadata documents that says it (RFC 8414 section 2). */
export function registrationMetadata(issuer: string): Record<string, unknown> {
  return { registration_endpoint: issuer + REGISTRATION_PATH };
}

/** The registration of clients as a part of the service: what it is given, and what becomes of it. */

import type { FindRegistered } from '../clients/client-metadata.ts';
import type { OidcProvider } from '../provider.ts';
import type { AcceptanceDeps } from './accepted-metadata.ts';
import { createClientRegistration } from './client-registration.ts';
import type {
  ClientRegistration,
  RegistrationDeps,
  RegistrationOptions,
} from './client-registration.ts';
import { createNormalizer } from './normalized-client.ts';

export interface ServiceRegistration
  extends Omit<RegistrationOptions, 'issuer'>, Omit<RegistrationDeps, 'acceptance'> {
  readonly acceptance: Omit<AcceptanceDeps, 'normalize'>;
  /** The clients that have registered. */
  readonly find: FindRegistered;
}

/** Metadata is validated by the provider; any one that was made for the same options will do. */
export function openRegistration(
  { acceptance, ...registration }: ServiceRegistration,
  issuer: string,
  provider: OidcProvider,
): ClientRegistration {
  const normalize = createNormalizer(provider);
  return createClientRegistration(
    { ...registration, issuer },
    { ...registration, acceptance: { ...acceptance, normalize } },
  );
}

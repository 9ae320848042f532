/** How WSO2 authenticates OAuth clients by certificates, and where its pages and its code differ. */

import { enabledListener } from './event-listeners.ts';
import type { EventListener } from './event-listeners.ts';
import type { Notes } from './note.ts';

export interface ClientAuthenticators {
  /** The certificate in place of the secret. */
  readonly certificate: EventListener | undefined;
  /** Both of them. */
  readonly certificateAndSecret: EventListener | undefined;
}

export function readClientAuthenticators(
  listeners: readonly EventListener[],
  notes: Notes,
): ClientAuthenticators {
  const certificate = enabledListener(listeners, 'MutualTLSClientAuthenticator');
  const certificateAndSecret = enabledListener(listeners, 'MutualTLSWithIdSecretAuthenticator');
  if (certificateAndSecret !== undefined) {
    noteSecretAuthenticator(certificateAndSecret, notes);
    noteShadow(certificateAndSecret, listeners, notes);
  }
  if (certificate !== undefined && certificateAndSecret !== undefined) {
    notes.add(
      'authenticators_collide',
      certificateAndSecret.place,
      `a request with certificate and secret is claimed by MutualTLSClientAuthenticator too (line ${certificate.place.line}) when client_id is in its body; WSO2 answers that with invalid_request. Here each client has one method; but WSO2 gets the certificate header with every request, so clients of certificate_and_secret must send their secret in the Authorization header, or MutualTLSClientAuthenticator must go and the gateway hold the secrets of the others (upstream.client_secret_file)`,
    );
  }
  const first = certificate ?? certificateAndSecret;
  if (first !== undefined) {
    notes.add(
      'service_providers_elsewhere',
      first.place,
      'the service providers and their certificates are in the database of WSO2, not in this file: write an entry below clients for each, or the gateway refuses it',
    );
  }
  return { certificate, certificateAndSecret };
}

function noteSecretAuthenticator(listener: EventListener, notes: Notes): void {
  const { mandateMutualSsl: mandate, order, place } = listener;
  if (order !== undefined) {
    notes.add(
      'listener_order_ignored',
      order.place,
      `order = ${order.value} does nothing: the priority of MutualTLSWithIdSecretAuthenticator is 101 in its code. There is no order here`,
    );
  }
  if (mandate === undefined || mandate.value) {
    notes.add(
      'mandate_mutual_ssl_meaning',
      mandate?.place ?? place,
      `WSO2's page says that MandateMutualSSL = true skips the comparison with the registered certificate. Its code does the opposite: true${mandate === undefined ? ', the default,' : ''} refuses a client without a registered certificate, and a registered one is always compared. Carried over as the code has it: mandate_certificate: true`,
    );
  } else {
    notes.add(
      'mandate_mutual_ssl_meaning',
      mandate.place,
      'false lets clients for which no certificate is registered in with their secret alone; a registered one is still compared. Set mandate_certificate: false for those clients only, each by itself',
    );
  }
  notes.add(
    'certificate_from_tls_only',
    place,
    'MutualTLSWithIdSecretAuthenticator reads the certificate from the TLS connection alone, which behind the gateway is the connection of the gateway: take this listener out of deployment.toml. The gateway checks the certificate, WSO2 the secret',
  );
}

function noteShadow(
  { place }: EventListener,
  listeners: readonly EventListener[],
  notes: Notes,
): void {
  const isBasicOff = listeners.some(
    (listener) =>
      !listener.isEnabled &&
      ['BasicAuthClientAuthenticator', 'BasicOAuthClientCredAuthenticator'].includes(
        listener.class,
      ),
  );
  if (isBasicOff) return;
  notes.add(
    'basic_authenticator_shadows',
    place,
    'the Basic authenticator of WSO2 (priority 100) takes every request with a secret before this one, and the certificate is never looked at, unless it is switched off, which this file does not do. So clients may have no certificate today: watch for certificate_absent in the log after the change',
  );
}

/** The form and the fields by which the server behind will know the client. */

import type { Client } from '../clients/client.ts';
import type { HeaderList } from '../http/exchange.ts';
import { writeForm } from '../http/form.ts';
import type { Form } from '../http/form.ts';
import { ASSERTION_TYPE, clientAssertion } from './client-assertion.ts';

export interface PresentedForm {
  readonly body: Uint8Array;
  readonly headers: HeaderList;
  /** Whether the client's own `Authorization` goes on. */
  readonly keepsAuthorization: boolean;
}

export interface PresentingOptions {
  /** Whether `client_id` is a parameter of the request itself, beside the credential. */
  readonly keepsClientId?: boolean;
}

/** What a client may have sent to authenticate; gone when the gateway presents its own. */
const CLIENT_CREDENTIALS: ReadonlySet<string> = new Set([
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
]);

/** The form as the client sent it, written again from what we read. */
export function presentAsItIs(form: Form): PresentedForm {
  return { body: writeForm(form), headers: [], keepsAuthorization: true };
}

/** The form with the client's upstream credential in place of all by which it authenticated here. */
export function presentCredential(
  form: Form,
  client: Client,
  { keepsClientId = false }: PresentingOptions = {},
): PresentedForm | Promise<PresentedForm> {
  const { clientId, upstreamCredential: credential } = client;
  const replacing = (
    add: readonly (readonly [string, string])[],
    headers: HeaderList = [],
  ): PresentedForm => ({
    body: writeForm(form, { without: CLIENT_CREDENTIALS, add }),
    headers,
    keepsAuthorization: false,
  });
  const named = ['client_id', clientId] as const;
  switch (credential?.method) {
    case 'passthrough':
      return presentAsItIs(form);
    case 'client_secret_basic':
      return replacing(keepsClientId ? [named] : [], [['authorization', credential.authorization]]);
    case 'client_secret_post':
      return replacing([named, ['client_secret', credential.secret]]);
    case 'private_key_jwt':
      return clientAssertion(clientId, credential.key).then((assertion) =>
        replacing([
          named,
          ['client_assertion_type', ASSERTION_TYPE],
          ['client_assertion', assertion],
        ]),
      );
    case undefined:
      // A public client, or one that the server knows by the certificate header.
      return replacing([named]);
  }
}

/** RFC 6749 section 2.3.1: both parts are form-encoded before they are joined. */
export function basicAuthorization(clientId: string, secret: string): string {
  const pair = [clientId, secret].map((part) => encodeURIComponent(part).replaceAll('%20', '+'));
  return `Basic ${Buffer.from(pair.join(':')).toString('base64')}`;
}

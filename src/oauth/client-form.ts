/** The form of an endpoint at which clients authenticate. */

import type { ClientRegistry } from '../clients/registry.ts';
import { joinForms, parseForm, readForm, readFormBody } from '../http/form.ts';
import type { Form } from '../http/form.ts';
import type { Call } from './call.ts';

const QUERY_CREDENTIALS: ReadonlySet<string> = new Set(['client_id', 'client_secret']);

/**
 * Reads the form from the body, at once where that has come, and the credentials of a client that may
 * have them there from the query; they go on in the body.
 *
 * @throws RequestError `invalid_request` as `readForm` does, on any other query, and on a parameter
 * in both places.
 */
export function readClientForm(call: Call, registry: ClientRegistry): Form | Promise<Form> {
  const { query } = call.exchange.target;
  return query === undefined ? readForm(call.exchange) : readWithQuery(call, query, registry);
}

async function readWithQuery(
  { exchange }: Call,
  query: string,
  registry: ClientRegistry,
): Promise<Form> {
  const credentials = credentialsIn(query);
  const client = await registry.find(credentials?.get('client_id') ?? '');
  if (credentials === undefined || client?.allowSecretInQuery !== true) return readForm(exchange);
  return joinForms(await readFormBody(exchange), credentials);
}

/** Undefined when there is anything else in the query. */
function credentialsIn(query: string): Form | undefined {
  const form = parseForm(Buffer.from(query));
  return form.entries.every(([name]) => QUERY_CREDENTIALS.has(name)) ? form : undefined;
}

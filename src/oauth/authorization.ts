/**
 * The authorization endpoint (RFC 6749 section 3.1). It is between browser and server; the gateway
 * only keeps out what no client may ask for, and requests that another client has pushed.
 */

import type { Bindings } from '../bindings/bindings.ts';
import { RequestError } from '../errors.ts';
import { readRequestBody } from '../http/body.ts';
import type { Exchange } from '../http/exchange.ts';
import { foldedName } from '../http/parameter-names.ts';
import type { Endpoint } from './call.ts';
import type { PassEndpoint } from './pass.ts';
import { isPlainForm } from './plain-form.ts';
import { refuseReservedScopes } from './requested-scope.ts';

export interface AuthorizationDeps {
  /** Present when the gateway binds, which is when the server does not. */
  readonly bindings: Bindings | undefined;
  /** Hands the request to the server. */
  readonly pass: PassEndpoint;
}

/** As much as of a form of the other endpoints. */
const MAX_FORM_BYTES = 32_768;

export function createAuthorizationEndpoint({ bindings, pass }: AuthorizationDeps): Endpoint {
  return async (call) => {
    const { exchange } = call;
    const body = exchange.hasBody ? await readFormBytes(exchange) : undefined;
    const parameters = parametersOf(exchange, body);
    for (const scope of parameters('scope')) {
      refuseReservedScopes((name) => (name === 'scope' ? scope : undefined));
    }
    for (const request of parameters('request')) {
      refuseReservedScopes((name) => (name === 'request' ? request : undefined));
    }
    await refuseAnothersRequest(parameters, bindings);
    return pass(call, body);
  };
}

/**
 * A pushed request belongs to the client that pushed it (RFC 9126 section 4). One that is not known
 * here was not pushed through us, or is the address of a request object.
 *
 * @throws RequestError 400; StoreError.
 */
async function refuseAnothersRequest(
  parameters: (name: string) => readonly string[],
  bindings: Bindings | undefined,
): Promise<void> {
  const [requestUri, ...more] = parameters('request_uri');
  if (requestUri === undefined) return;
  // RFC 6749 section 3.1: never more than once.
  if (more.length > 0) {
    throw new RequestError({
      status: 400,
      code: 'invalid_request',
      reason: 'request_parameter_duplicate',
      publicText: 'a parameter is repeated',
      detail: 'request_uri',
    });
  }
  const found = await bindings?.find(requestUri);
  const owner = found?.binding?.clientId;
  if (owner === undefined || parameters('client_id').every((each) => each === owner)) return;
  throw new RequestError({
    status: 400,
    code: 'invalid_request_uri',
    reason: 'binding_mismatch',
    publicText: 'the request_uri is not valid for this client',
  });
}

/**
 * Every value of a parameter, in query and body and under every name that a lenient server takes for
 * its own: which of them counts the server decides.
 */
function parametersOf(
  { target }: Exchange,
  body: Buffer | undefined,
): (name: string) => readonly string[] {
  const sources = [target.query ?? '', body?.toString('utf8') ?? ''];
  // Folded once: a form may have very many names.
  const entries = sources.flatMap((source) =>
    [...new URLSearchParams(source)].map(([key, value]) => [foldedName(key), value] as const),
  );
  return (name) => entries.flatMap(([key, value]) => (key === name ? [value] : []));
}

/** @throws RequestError for anything but a form of bounded size. */
async function readFormBytes(exchange: Exchange): Promise<Buffer> {
  if (!isPlainForm(exchange.headers)) {
    throw new RequestError({
      status: 400,
      code: 'invalid_request',
      reason: 'request_content_type',
      publicText: 'the content-type must be application/x-www-form-urlencoded, sent plainly',
    });
  }
  return readRequestBody(exchange.arrivedBody ?? exchange.body, MAX_FORM_BYTES);
}

/** Dynamic client registration (RFC 7591) and the management of its clients (RFC 7592). */

import { hash, timingSafeEqual } from 'node:crypto';

import { RequestError } from '../errors.ts';
import { jsonAnswer } from '../http/answers.ts';
import { invalidToken, readBearerToken } from './bearer-token.ts';
import type { Call, Endpoint } from './call.ts';
import { readJsonObject } from './json-request.ts';

type Metadata = Readonly<Record<string, unknown>>;

/** Who keeps the clients; each refuses as the endpoints answer. */
export interface ClientRegistration {
  register(request: Metadata): Promise<Metadata>;
  read(clientId: string, token: string): Promise<Metadata>;
  update(clientId: string, token: string, request: Metadata): Promise<Metadata>;
  remove(clientId: string, token: string): Promise<void>;
}

export interface RegistrationDeps {
  readonly registration: ClientRegistration;
  /** Whoever has one of these may register clients; none: nobody. */
  readonly initialAccessTokens: readonly string[];
}

/** What is spelled otherwise is another path, whatever it could be decoded to. */
const CLIENT_ID = /^[A-Za-z0-9_-]{1,255}$/;

/** POST: a new client. The token is looked at before the body is read. */
export function createRegistrationEndpoint(deps: RegistrationDeps): Endpoint {
  const { registration } = deps;
  const isInitial = createTokenList(deps.initialAccessTokens);
  return async (call) => {
    requireMethod(call, ['POST']);
    if (!isInitial(readBearerToken(call))) throw invalidToken('registration_token_unknown');
    const registered = await registration.register(await readJsonObject(call.exchange));
    call.journal.clientId = String(registered['client_id']);
    call.journal.outcome = 'accepted';
    return jsonAnswer(201, registered);
  };
}

/** GET, PUT and DELETE of a client, whose id is all of the path behind `prefix`. */
export function createManagementEndpoint(
  registration: ClientRegistration,
  prefix: string,
): Endpoint {
  return async (call) => {
    const { exchange, journal } = call;
    const clientId = exchange.target.path.slice(prefix.length);
    if (!CLIENT_ID.test(clientId)) {
      throw new RequestError({
        status: 404,
        code: 'not_found',
        reason: 'route_unknown',
        publicText: 'nothing is served at this path',
      });
    }
    requireMethod(call, ['GET', 'PUT', 'DELETE']);
    journal.clientId = clientId;
    const token = readBearerToken(call);
    switch (exchange.method) {
      case 'GET':
        return jsonAnswer(200, await registration.read(clientId, token));
      case 'PUT': {
        const request = await readJsonObject(exchange);
        return jsonAnswer(200, await registration.update(clientId, token, request));
      }
      default: {
        await registration.remove(clientId, token);
        return { status: 204, headers: [['cache-control', 'no-store']] };
      }
    }
  };
}

/** Takes the same time whichever of the tokens it is. */
function createTokenList(tokens: readonly string[]): (token: string) => boolean {
  const digests = tokens.map((token) => hash('sha256', token, 'buffer'));
  return (token) => {
    const presented = hash('sha256', token, 'buffer');
    return digests.filter((digest) => timingSafeEqual(digest, presented)).length > 0;
  };
}

function requireMethod({ exchange }: Call, methods: readonly string[]): void {
  if (methods.includes(exchange.method)) return;
  throw new RequestError({
    status: 405,
    code: 'invalid_request',
    reason: 'request_method_not_allowed',
    publicText: `the method must be ${methods.join(', ')}`,
    headers: [['allow', methods.join(', ')]],
  });
}

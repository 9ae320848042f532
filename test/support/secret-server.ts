/**
 * A small identity server of the old kind: it knows its clients by secrets alone, its tokens are
 * opaque, and it has never heard of certificates. Its answers say no more than they must, unless
 * the test wants them to.
 */

import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface SecretServer {
  readonly url: string;
  close(): Promise<void>;
}

/** What a token or a code stands for. */
export interface Grant {
  readonly clientId: string;
  readonly scope: string;
  /** The user, where there is one. */
  readonly user?: string;
}

export interface SecretServerOptions {
  /** Secrets by client_id; Basic and the body both will do. Each may introspect every token. */
  readonly clients: Readonly<Record<string, string>>;
  /** Passwords by user name, for the password grant. */
  readonly users?: Readonly<Record<string, string>>;
  /** Codes that users have agreed to; each is good once. */
  readonly codes?: Readonly<Record<string, Grant & { readonly redirectUri: string }>>;
  /** The tokens that are handed out, in this order; then random ones. */
  readonly tokens?: readonly string[];
  /** Members of token answers beside the tokens; none where absent. */
  readonly issued?: (grant: Grant) => Readonly<Record<string, unknown>>;
  /** Members of introspection answers beside `active`; none where absent. */
  readonly told?: (grant: Grant) => Readonly<Record<string, unknown>>;
}

type Answer = readonly [status: number, body: Readonly<Record<string, unknown>>];

const INVALID_CLIENT: Answer = [401, { error: 'invalid_client' }];
const INVALID_GRANT: Answer = [400, { error: 'invalid_grant' }];

/** Its paths are those of the gateway's defaults. */
export async function startSecretServer(options: SecretServerOptions): Promise<SecretServer> {
  const endpoints = createEndpoints(options);
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const form = new URLSearchParams(await text(request));
    const clientId = authenticate(request, form, options.clients);
    const endpoint = endpoints[request.url ?? ''];
    const [status, body] =
      clientId === undefined ? INVALID_CLIENT : (endpoint?.(form, clientId) ?? [404, {}]);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The client whose secret it is. */
function authenticate(
  { headers }: IncomingMessage,
  form: URLSearchParams,
  clients: SecretServerOptions['clients'],
): string | undefined {
  const pair = /^Basic (.+)$/.exec(headers.authorization ?? '')?.[1];
  const [clientId, secret] =
    pair === undefined
      ? [form.get('client_id'), form.get('client_secret')]
      : atob(pair)
          .split(':')
          // Both parts are form-encoded (RFC 6749 section 2.3.1).
          .map((part) => decodeURIComponent(part.replaceAll('+', ' ')));
  return clientId && secret && clients[clientId] === secret ? clientId : undefined;
}

function createEndpoints({ users = {}, codes = {}, tokens = [], ...options }: SecretServerOptions) {
  const { issued = () => ({}), told = () => ({}) } = options;
  const prepared = [...tokens];
  const nextToken = (): string => prepared.shift() ?? randomUUID();
  const accessTokens = new Map<string, Grant>();
  const refreshTokens = new Map<string, Grant>();
  const openCodes = new Map(Object.entries(codes));

  const issue = (grant: Grant): Answer => {
    const accessToken = nextToken();
    accessTokens.set(accessToken, grant);
    const answer = { access_token: accessToken, token_type: 'Bearer', ...issued(grant) };
    if (grant.user === undefined) return [200, answer];
    const refreshToken = nextToken();
    refreshTokens.set(refreshToken, grant);
    return [200, { ...answer, refresh_token: refreshToken }];
  };

  /** What the form asks for, if this client may have it. */
  const grantFor = (form: URLSearchParams, clientId: string): Grant | undefined => {
    switch (form.get('grant_type')) {
      case 'client_credentials':
        return { clientId, scope: 'default' };
      case 'password': {
        const user = form.get('username') ?? '';
        if (users[user] === undefined || users[user] !== form.get('password')) return undefined;
        return { clientId, scope: 'default', user };
      }
      case 'authorization_code': {
        const code = openCodes.get(form.get('code') ?? '');
        openCodes.delete(form.get('code') ?? '');
        return code?.redirectUri === form.get('redirect_uri') ? code : undefined;
      }
      case 'refresh_token': {
        const grant = refreshTokens.get(form.get('refresh_token') ?? '');
        refreshTokens.delete(form.get('refresh_token') ?? '');
        return grant;
      }
      default:
        return undefined;
    }
  };

  const endpoints: Readonly<Record<string, (form: URLSearchParams, clientId: string) => Answer>> = {
    '/oauth2/token': (form, clientId) => {
      const grant = grantFor(form, clientId);
      return grant?.clientId === clientId ? issue(grant) : INVALID_GRANT;
    },
    '/oauth2/introspect': (form) => {
      const grant = accessTokens.get(form.get('token') ?? '');
      return [200, grant === undefined ? { active: false } : { active: true, ...told(grant) }];
    },
    '/oauth2/revoke': (form) => {
      accessTokens.delete(form.get('token') ?? '');
      return [200, {}];
    },
  };
  return endpoints;
}

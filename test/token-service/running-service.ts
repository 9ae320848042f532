import { X509Certificate } from 'node:crypto';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';

import { createMemoryStore } from '../../src/store/memory.ts';
import { createPollingPace } from '../../src/token-service/people/polling-pace.ts';
import { createTokenService } from '../../src/token-service/token-service.ts';
import { createCodeAttempts } from '../../src/users/code-attempts.ts';
import { createUnfinished } from '../../src/users/unfinished.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import type { KeyPolicy } from '../../src/token-service/keys/key-ring.ts';
import type { ServiceClient } from '../../src/token-service/clients/client-metadata.ts';
import type { TokenServiceOptions } from '../../src/token-service/token-service.ts';
import type { StrangerLimits } from '../../src/token-service/strangers.ts';
import type { Issued } from '../support/pki.ts';
import type { IncomingMessage } from 'node:http';
import type { TestContext } from 'node:test';

export const ISSUER = 'https://login.test:9443';

export const ADMIN: ServiceClient = {
  clientId: 'admin',
  method: 'client_secret_basic',
  secret: 'admin secret',
  binding: 'off',
  grantTypes: [],
};

/** Sees the tokens of nobody else. */
export const BYSTANDER: ServiceClient = {
  clientId: 'bystander',
  method: 'client_secret_post',
  secret: 'bystander-secret',
  binding: 'off',
  grantTypes: ['client_credentials'],
};

export const KEY_POLICY: KeyPolicy = {
  algorithms: ['ES256', 'RS256'],
  rotateEveryMs: 7_776_000_000,
  publishBeforeMs: 86_400_000,
  keepMs: 1_296_000_000,
};

/** As in a gateway. */
export function usualLimits(): StrangerLimits {
  return {
    codes: createCodeAttempts({ now: Date.now }),
    unfinished: createUnfinished({ now: Date.now, lifetimeMs: 900_000 }),
    devices: createPollingPace({ now: Date.now }),
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  readonly json: () => Record<string, unknown>;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
  /** In place of a form. */
  readonly body?: string;
  /** What the gateway adds: the certificate, and the client it is. */
  readonly certificate?: Issued;
  readonly decidedFor?: string;
  readonly basic?: readonly [string, string];
}

export interface LogLine {
  readonly level: string;
  readonly text: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

export interface RunningService {
  readonly socketPath: string;
  /** Registered with the client `self-signed`. */
  readonly registered: Issued;
  /** The certificate of the client `pki`; the service never sees its CA. */
  readonly pki: Issued;
  readonly stranger: Issued;
  readonly log: readonly LogLine[];
  ask(path: string, ask?: Ask): Promise<Answer>;
  /** A token of `self-signed`, asked for as the gateway does. */
  token(): Promise<string>;
  introspect(token: string, ask: Ask): Promise<Answer>;
  close(): Promise<void>;
}

/** The service with its usual clients over a memory store; the test's end closes it. */
export async function startService(
  t: TestContext,
  options: Partial<TokenServiceOptions> = {},
  certificates?: Pick<RunningService, 'registered' | 'pki' | 'stranger'>,
): Promise<RunningService> {
  const { registered, pki, stranger } = certificates ?? (await mintCertificates());
  const log: LogLine[] = [];
  const store = options.store ?? createMemoryStore({ maxRecords: 1_000 });
  const service = await createTokenService({
    issuer: ISSUER,
    clients: usualClients(),
    introspectionCallers: ['admin'],
    accessTokenLifetimeMs: 600_000,
    signingKeys: KEY_POLICY,
    strangers: usualLimits(),
    store,
    log: (level, line, fields = {}) => void log.push({ level, text: line, fields }),
    ...options,
  });
  t.after(() => service.close());

  const { socketPath } = service;
  const ask: RunningService['ask'] = (path, facts = {}) => askSocket(socketPath, path, facts);

  return {
    socketPath,
    registered,
    pki,
    stranger,
    log,
    ask,
    close: () => service.close(),

    async token() {
      const answer = await ask('/oauth2/token', {
        form: { grant_type: 'client_credentials', client_id: 'self-signed' },
        certificate: registered,
        decidedFor: 'self-signed',
      });
      return String(answer.json()['access_token']);
    },

    introspect: (token, { form = {}, ...facts }) =>
      ask('/oauth2/introspect', { ...facts, form: { ...form, token } }),
  };
}

export async function mintCertificates(): Promise<
  Pick<RunningService, 'registered' | 'pki' | 'stranger'>
> {
  const authority = await createAuthority({ name: 'Test CA' });
  return {
    registered: await selfSigned({ subject: 'CN=client,O=Test', ca: true }),
    pki: await authority.issue({ subject: 'CN=pki-client,O=Test', eku: ['clientAuth'] }),
    stranger: await selfSigned({ subject: 'CN=client,O=Test', ca: true }),
  };
}

export function usualClients(): readonly ServiceClient[] {
  return [
    {
      clientId: 'self-signed',
      method: 'self_signed_tls_client_auth',
      binding: 'required',
      grantTypes: ['client_credentials'],
    },
    {
      clientId: 'pki',
      method: 'tls_client_auth',
      binding: 'required',
      grantTypes: ['client_credentials'],
    },
    ADMIN,
    BYSTANDER,
  ];
}

export function der({ certificatePem }: Issued): Buffer {
  return new X509Certificate(certificatePem).raw;
}

/** The form that the `Client-Cert` field of RFC 9440 has. */
export function byteSequence(bytes: Buffer): string {
  return `:${bytes.toString('base64')}:`;
}

async function askSocket(
  socketPath: string,
  path: string,
  { method, headers = {}, form, body, certificate, decidedFor, basic }: Ask,
): Promise<Answer> {
  const sent = request({
    socketPath,
    path,
    method: method ?? (form === undefined ? 'GET' : 'POST'),
    headers: {
      host: 'login.test:9443',
      ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      ...(certificate === undefined ? {} : { 'client-cert': byteSequence(der(certificate)) }),
      ...(decidedFor === undefined ? {} : { 'certbound-client': encodeURIComponent(decidedFor) }),
      ...(basic === undefined ? {} : { authorization: basicField(basic) }),
      ...headers,
    },
  });
  sent.end(form === undefined ? body : new URLSearchParams(form).toString());
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', reject);
  });
  const received = await text(answer);
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    text: received,
    json: () => JSON.parse(received) as Record<string, unknown>,
  };
}

function basicField([clientId, secret]: readonly [string, string]): string {
  const credentials = `${formEncoded(clientId)}:${formEncoded(secret)}`;
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

/** RFC 6749 section 2.3.1: both parts are form-encoded first. */
function formEncoded(part: string): string {
  return new URLSearchParams({ '': part }).toString().slice(1);
}

/** Dynamic client registration (RFC 7591) and its management (RFC 7592), without their HTTP. */

import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

import { RequestError } from '../../errors.ts';
import { REGISTRATION_PATH } from './published.ts';
import { acceptMetadata } from './accepted-metadata.ts';
import type { AcceptanceDeps, Metadata } from './accepted-metadata.ts';
import { createAdmission } from './admission.ts';
import type { ClientIds } from './client-ids.ts';
import { hasSecret } from './client-projection.ts';
import type { ClientRow, ClientRows, FoundRow, SecretRow } from './client-rows.ts';

export interface RegistrationOptions {
  readonly issuer: string;
  readonly maxClients: number;
  /** How long a secret is good; undefined: for ever. */
  readonly secretLifetimeMs: number | undefined;
}

export interface RegistrationDeps {
  readonly rows: ClientRows;
  readonly ids: ClientIds;
  /** Whether the configuration has a client of this id, which then is that one. */
  readonly isConfigured: (clientId: string) => boolean;
  readonly acceptance: AcceptanceDeps;
  /** Told of each client that has changed. */
  readonly onChange: (clientId: string) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Each answers the client information of RFC 7591 section 3.2.1 and RFC 7592 section 3.
 *
 * @throws RequestError: 400 for metadata that is refused, 401 for a token that is not that of the
 * client, or for a client that is not there, 503 where there are enough clients; StoreError.
 */
export interface ClientRegistration {
  register(request: Metadata): Promise<Metadata>;
  read(clientId: string, token: string): Promise<Metadata>;
  /** All of it anew; the answer has another token, and the one that was sent is good no more. */
  update(clientId: string, token: string, request: Metadata): Promise<Metadata>;
  remove(clientId: string, token: string): Promise<void>;
}

const SECRET_BYTES = 32;
const NO_TOKEN = Buffer.alloc(32).toString('base64url');

/** RFC 7592 section 2.2. */
const NEVER_SENT = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
] as const;

export function createClientRegistration(
  options: RegistrationOptions,
  deps: RegistrationDeps,
): ClientRegistration {
  const { rows, ids, isConfigured, acceptance, onChange, now } = deps;
  const admit = createAdmission(options.maxClients, rows.count);

  const issueSecret = (): Issued<SecretRow> => {
    const secret = newSecret();
    const issuedAt = seconds(now());
    const { secretLifetimeMs: lifetimeMs } = options;
    const expiresAt = lifetimeMs === undefined ? 0 : issuedAt + seconds(lifetimeMs);
    return { text: secret, kept: { sha256: digest(secret), issuedAt, expiresAt } };
  };

  const authorized = async (clientId: string, token: string): Promise<FoundRow> => {
    const isPossible = ids.isOurs(clientId) && !isConfigured(clientId);
    const found = isPossible ? await rows.find(clientId) : undefined;
    const isRight = isSame(digest(token), found?.row.tokenSha256 ?? NO_TOKEN);
    if (found === undefined || !isRight) throw unknownToken();
    return found;
  };

  const answer = (row: ClientRow, token: string, secret?: string): Metadata => ({
    client_id: row.clientId,
    client_id_issued_at: row.issuedAt,
    // Only here: nobody can say it again.
    ...(secret !== undefined && { client_secret: secret }),
    ...(row.secret !== undefined && { client_secret_expires_at: row.secret.expiresAt }),
    ...row.metadata,
    registration_client_uri: `${options.issuer}${REGISTRATION_PATH}/${row.clientId}`,
    registration_access_token: token,
  });

  return {
    register: async (request) => {
      const { metadata, method } = await acceptMetadata(request, acceptance);
      const clientId = ids.make();
      const token = newSecret();
      const secret = hasSecret(method) ? issueSecret() : undefined;
      const row: ClientRow = {
        clientId,
        metadata,
        issuedAt: seconds(now()),
        ...(secret !== undefined && { secret: secret.kept }),
        tokenSha256: digest(token),
      };
      refuseLarge(row, rows);
      await admit(() => rows.add(row));
      onChange(clientId);
      return answer(row, token, secret?.text);
    },

    read: async (clientId, token) => answer((await authorized(clientId, token)).row, token),

    update: async (clientId, token, request) => {
      const { row, version } = await authorized(clientId, token);
      refuseForeign(request, row);
      const { metadata, method } = await acceptMetadata(request, acceptance);
      const keepsSecret = row.secret !== undefined && !isWorn(row.secret, now());
      const renewed = hasSecret(method) && !keepsSecret ? issueSecret() : undefined;
      const secret = hasSecret(method) ? (renewed?.kept ?? row.secret) : undefined;
      const nextToken = newSecret();
      const { secret: _old, ...rest } = row;
      const next: ClientRow = {
        ...rest,
        metadata,
        ...(secret !== undefined && { secret }),
        tokenSha256: digest(nextToken),
      };
      refuseLarge(next, rows);
      try {
        // Another update or a removal came first, and with it the end of this token.
        if (!(await rows.replace(next, version))) throw unknownToken();
      } finally {
        onChange(clientId);
      }
      return answer(next, nextToken, renewed?.text);
    },

    remove: async (clientId, token) => {
      await authorized(clientId, token);
      try {
        await rows.remove(clientId);
      } finally {
        onChange(clientId);
      }
    },
  };
}

interface Issued<Kept> {
  readonly text: string;
  readonly kept: Kept;
}

/** A secret that has used up half of its life is replaced with the next update. */
function isWorn({ issuedAt, expiresAt }: SecretRow, nowMs: number): boolean {
  return expiresAt !== 0 && nowMs / 1_000 >= (issuedAt + expiresAt) / 2;
}

/** RFC 7592 section 2.2: what the server has said is not the client's to change. */
function refuseForeign(request: Metadata, { clientId, secret }: ClientRow): void {
  const sent = NEVER_SENT.find((member) => request[member] !== undefined);
  if (sent !== undefined) throw invalid(`${sent} must not be sent`);
  if (request['client_id'] !== clientId) throw invalid('client_id must be that of the client');
  const { client_secret: sentSecret } = request;
  if (sentSecret === undefined) return;
  const isRight =
    typeof sentSecret === 'string' && isSame(digest(sentSecret), secret?.sha256 ?? NO_TOKEN);
  if (!isRight) throw invalid('client_secret must be that of the client');
}

function refuseLarge(row: ClientRow, rows: ClientRows): void {
  if (!rows.fits(row)) throw invalid('the metadata is too large');
}

function invalid(publicText: string): RequestError {
  return new RequestError({
    status: 400,
    code: 'invalid_client_metadata',
    reason: 'registration_metadata_invalid',
    publicText,
  });
}

/** RFC 7592 section 2: the same for a client that is not there. */
function unknownToken(): RequestError {
  return new RequestError({
    status: 401,
    code: 'invalid_token',
    reason: 'registration_token_unknown',
    publicText: 'the registration access token is not that of the client',
    headers: [['www-authenticate', 'Bearer realm="certbound", error="invalid_token"']],
  });
}

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

function digest(text: string): string {
  return hash('sha256', text, 'base64url');
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function seconds(ms: number): number {
  return Math.floor(ms / 1_000);
}

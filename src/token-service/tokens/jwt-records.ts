/**
 * JWT access tokens where the provider looks for the records of opaque ones. It then treats both
 * alike at introspection, at revocation and wherever a token is presented: the caller, the grant,
 * the session and the policies are looked at by the same code. The check by which it refuses JWTs
 * beforehand is taken out in provider.ts.
 */

import { StoreError } from '../../errors.ts';
import { modelOf, recordOf } from './jwt-claims.ts';
import type { AccessTokenModel, Claims } from './jwt-claims.ts';
import type { RevokedTokens } from './revoked-tokens.ts';
import type { Adapter, AdapterFactory, LoadedProvider } from '../provider.ts';
import type { KoaContextWithOIDC } from 'oidc-provider';

export interface JwtRecordsDeps {
  readonly adapter: AdapterFactory;
  /** The claims of a token of ours that is in force. */
  readonly verify: (token: string) => Promise<Claims | undefined>;
  readonly revoked: RevokedTokens;
  /** The `aud` by which a token is also for userinfo. */
  readonly userinfo: string;
  readonly loaded: Pick<LoadedProvider, 'currentContext' | 'unavailable'>;
}

const MODELS: ReadonlySet<string> = new Set<AccessTokenModel>(['AccessToken', 'ClientCredentials']);

/** Ids of records have no dots. */
function isJwt(id: string): boolean {
  return id.includes('.');
}

/** Returns the adapters, those of access tokens with JWTs found by the JWT itself. */
export function withJwtRecords(deps: JwtRecordsDeps): AdapterFactory {
  const { adapter, verify, revoked, userinfo, loaded } = deps;
  // Which ids of a request are those of JWTs, with the end of each: for their revocation.
  const seen = new WeakMap<KoaContextWithOIDC, Map<string, number>>();

  async function find(model: string, token: string) {
    const claims = await verify(token);
    if (claims === undefined || modelOf(claims) !== model) return undefined;
    const { jti, exp } = claims as { readonly jti: string; readonly exp: number };
    if (await revoked.has(jti)) return undefined;
    const ctx = loaded.currentContext();
    if (ctx !== undefined) seen.set(ctx, new Map(seen.get(ctx)).set(jti, exp));
    // To the provider a token for userinfo is one for nobody else.
    const isForUserinfo =
      ctx?.oidc.route === 'userinfo' && [claims['aud']].flat().includes(userinfo);
    return recordOf(isForUserinfo ? { ...claims, aud: undefined } : claims);
  }

  async function guarded<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw error instanceof StoreError ? loaded.unavailable(error) : error;
    }
  }

  return (model): Adapter => {
    const records = adapter(model);
    if (!MODELS.has(model)) return records;
    return {
      ...records,
      find: (id) => (isJwt(id) ? guarded(find(model, id)) : records.find(id)),
      destroy: (id) => {
        const ctx = loaded.currentContext();
        const exp = ctx === undefined ? undefined : seen.get(ctx)?.get(id);
        return exp === undefined ? records.destroy(id) : guarded(revoked.add(id, exp));
      },
    };
  };
}

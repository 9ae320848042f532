/**
 * What people who are not known yet may do: each of their requests may make the service keep a record
 * for some minutes, and each code of a device that they enter may be a guess.
 */

import { RequestError } from '../errors.ts';
import type { PollingPace } from './people/polling-pace.ts';
import type { Adapter, AdapterFactory, LoadedProvider } from './provider.ts';
import type { KoaContextWithOIDC } from 'oidc-provider';

export interface StrangerLimits {
  /** Codes of devices, by the IP address from which they are entered. */
  readonly codes: {
    isBlocked(address: string): boolean;
    failed(address: string): void;
  };
  /** Records that somebody has yet to finish. */
  readonly unfinished: {
    begin(id: string, address: string): 'begun' | 'network_full' | 'full';
    end(id: string): void;
  };
  readonly devices: PollingPace;
}

export interface BoundedDeps {
  readonly adapter: AdapterFactory;
  readonly limits: Pick<StrangerLimits, 'unfinished'>;
  readonly loaded: Pick<LoadedProvider, 'currentContext' | 'crowded'>;
}

type Payload = Parameters<Adapter['upsert']>[1];

/** Returns the adapters; beyond the limits nothing more is kept for strangers, but 429 or 503 thrown. */
export function withBoundedStrangers({ adapter, limits, loaded }: BoundedDeps): AdapterFactory {
  const { unfinished } = limits;

  return (model): Adapter => {
    const records = adapter(model);
    const isOfStranger = STRANGERS[model];
    if (isOfStranger === undefined) return records;
    const keyOf = (id: string): string => `${model} ${id}`;
    return {
      ...records,

      async upsert(id, payload, expiresIn) {
        const ctx = loaded.currentContext();
        if (ctx === undefined || !isOfStranger(payload, ctx)) {
          unfinished.end(keyOf(id));
        } else {
          const verdict = unfinished.begin(keyOf(id), ctx.ip);
          if (verdict !== 'begun') throw loaded.crowded(refusedStranger(verdict));
        }
        return records.upsert(id, payload, expiresIn);
      },

      async consume(id) {
        await records.consume(id);
        unfinished.end(keyOf(id));
      },

      async destroy(id) {
        await records.destroy(id);
        unfinished.end(keyOf(id));
      },
    };
  };
}

/** By the models that anybody can make the service keep: whether this one is such. */
const STRANGERS: Readonly<
  Record<string, ((payload: Payload, ctx: KoaContextWithOIDC) => boolean) | undefined>
> = {
  Interaction: ({ session }) => session?.accountId === undefined,
  Session: ({ accountId }) => accountId === undefined,
  DeviceCode: ({ accountId, error }, ctx) =>
    accountId === undefined && error === undefined && isPublic(ctx),
  PushedAuthorizationRequest: (_payload, ctx) => isPublic(ctx),
};

/** Whose requests anybody can send. */
function isPublic(ctx: KoaContextWithOIDC): boolean {
  return ctx.oidc.client?.clientAuthMethod === 'none';
}

function refusedStranger(verdict: 'network_full' | 'full'): RequestError {
  const isNetwork = verdict === 'network_full';
  return new RequestError({
    status: isNetwork ? 429 : 503,
    code: 'temporarily_unavailable',
    reason: 'logins_unfinished',
    publicText: isNetwork
      ? 'too many logins from this network were begun and not finished: try again in some minutes'
      : 'too many logins were begun and not finished: try again in some minutes',
  });
}

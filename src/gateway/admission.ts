/** Whether a request may be served at all, before anything is done for it. */

import { RequestError } from '../errors.ts';
import type { AddressSet } from '../http/address-set.ts';
import { networkOf } from '../http/network.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Overload } from '../limits/overload.ts';
import type { RequestRates } from '../limits/request-rates.ts';
import type { Speaker } from './speaker.ts';

export interface AdmissionDeps {
  readonly overload: Pick<Overload, 'begin' | 'end'>;
  /** By the network of the client's address. */
  readonly rates: RequestRates;
  /** The addresses that may ask as often as they like. */
  readonly exempt: AddressSet;
}

export interface Admission {
  readonly refusal: RequestError | undefined;
  /** The request is over. */
  end(): void;
}

/** What is returned never throws. */
export function createAdmission({ overload, rates, exempt }: AdmissionDeps) {
  return ({ target }: Pick<Exchange, 'target'>, { forwarding }: Speaker): Admission => {
    const [address] = forwarding.path;
    try {
      // The rates first: who asks too often must not take the place of others.
      if (!exempt.has(address)) rates.count(networkOf(address), target.path);
      overload.begin();
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      return { refusal: error, end: () => {} };
    }
    return { refusal: undefined, end: overload.end };
  };
}

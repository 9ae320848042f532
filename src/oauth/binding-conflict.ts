/** Where the server and the gateway say different things of one token. */

import { UpstreamError } from '../errors.ts';

/** Nobody can say then to whom the token belongs: it is not passed on. */
export function bindingConflict(detail: string): UpstreamError {
  return new UpstreamError({
    status: 502,
    reason: 'binding_conflict',
    publicText: 'the identity server gave an answer that can not be used',
    detail,
  });
}

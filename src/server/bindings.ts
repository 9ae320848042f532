/** Where the gateway has it that a token belongs to a certificate. */

import type { Bindings } from '../bindings/bindings.ts';
import { createSealedBindings } from '../bindings/sealed-bindings.ts';
import { createTokenSealer } from '../bindings/sealed-token.ts';
import { createStoredBindings } from '../bindings/stored-bindings.ts';
import type { Material } from '../config/check.ts';
import type { Store } from '../store/store.ts';

/** In the tokens themselves where there are keys to seal them, else in the store. */
export function openBindings({ sealingKeys }: Material, store: Store): Bindings {
  if (sealingKeys.length === 0) return createStoredBindings({ store });
  return createSealedBindings(createTokenSealer(sealingKeys));
}

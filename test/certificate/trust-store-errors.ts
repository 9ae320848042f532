/** What a trust store that is refused must be refused with. */

import assert from 'node:assert/strict';

import { TrustDataError } from '../../src/errors.ts';
import { readTrustStore } from '../../src/certificate/trust-store/trust-store.ts';

export function expectRefusal(
  bytes: Uint8Array,
  passphrase: string | undefined,
  expected: { readonly reason: string; readonly message: RegExp },
): void {
  const options = passphrase === undefined ? {} : { passphrase };
  assert.throws(
    () => readTrustStore(bytes, options),
    (error) => {
      assert.ok(error instanceof TrustDataError, String(error));
      assert.equal(error.reason, expected.reason, error.message);
      assert.match(error.message, expected.message);
      return true;
    },
  );
}

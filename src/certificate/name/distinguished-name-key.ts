/** Distinguished names as keys: equal texts for equal names (RFC 5280 section 7.1), and for those only. */

import { comparableValue } from './attribute-value.ts';
import type { DistinguishedName, RelativeDistinguishedName } from './distinguished-name.ts';

/** The key under which a name is found; in step with `sameDistinguishedName`, which a test compares. */
export function comparableName(name: DistinguishedName): string {
  return JSON.stringify(name.map(comparableRdn));
}

/** The same for one RDN, whose attributes have no order. */
export function comparableRdn(rdn: RelativeDistinguishedName): string {
  return JSON.stringify(
    rdn.map((attribute) => `${attribute.type} ${comparableValue(attribute)}`).toSorted(),
  );
}

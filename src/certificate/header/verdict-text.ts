/** The verdict in one word, as nginx tells it: `SUCCESS`, `FAILED:<code>` or `NONE`. */

import type { Verdict } from '../client-certificate.ts';

export const NO_CERTIFICATE = 'NONE';

/** The code is a reason of docs/reasons.md, or `self_signed` where nobody else vouches for it. */
export function verdictText(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'trusted':
      return 'SUCCESS';
    case 'self_signed':
      return 'FAILED:self_signed';
    case 'untrusted':
      return `FAILED:${verdict.reason}`;
  }
}

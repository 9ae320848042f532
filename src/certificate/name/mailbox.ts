/** Mailboxes in certificates (RFC 5280 section 4.2.1.6). */

import { hostNameOf } from './host-name.ts';

export interface Mailbox {
  /** Compared exactly: only its host knows what else it might mean. */
  readonly local: string;
  /** In lower case. */
  readonly host: string;
}

/**
 * The two sides of a mailbox whose local part is a dot-atom (RFC 5322 section 3.2.3), or undefined.
 * Quoted local parts are not read: an `@` inside of them is taken for the other one too easily.
 */
export function mailboxOf(text: string): Mailbox | undefined {
  const match = /^([\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*)@([^@]+)$/.exec(text);
  const [, local, domain = ''] = match ?? [];
  const host = hostNameOf(domain);
  return local === undefined || host === undefined ? undefined : { local, host };
}

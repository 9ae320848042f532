/** Forms that are looked through and then go on as they came: all who read one must read the same. */

import type { HeaderList } from '../http/exchange.ts';
import { fieldValues } from '../http/header-list.ts';

/**
 * Charsets in which ASCII stands for itself. Servers decode the names of parameters by the charset that
 * a request states: in UTF-16 or EBCDIC they would find names that we have not seen.
 */
const PLAIN_FORM =
  /^application\/x-www-form-urlencoded[ \t]*(?:;[ \t]*charset="?(?:utf-8|us-ascii|iso-8859-\d{1,2}|windows-125\d)"?[ \t]*)?$/i;

/** Whether the fields are those of one form, not encoded, in a charset of which the above is true. */
export function isPlainForm(headers: HeaderList): boolean {
  const [type = '', ...others] = fieldValues(headers, 'content-type');
  const codings = fieldValues(headers, 'content-encoding');
  return (
    others.length === 0 &&
    PLAIN_FORM.test(type) &&
    codings.every((coding) => coding.toLowerCase() === 'identity')
  );
}

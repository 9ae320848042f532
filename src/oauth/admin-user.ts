/** The user that a request names in a header, believed of nobody yet. */

import { RequestError } from '../errors.ts';
import { fieldValues } from '../http/header-list.ts';
import type { Call } from './call.ts';

export interface UserHeader {
  /** In lower case. */
  readonly name: string;
  readonly encoding: 'plain' | 'base64';
}

/**
 * Visible at both ends and ASCII, so that no two names look alike to whoever reads them next. Keep in
 * step with config/check-admin-path.ts.
 */
const USER_NAME = /^[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?$/;

/** Base64 of the longest name; more is not looked at. */
const MAX_VALUE_LENGTH = 172;

/**
 * Returns the named user. Read from the fields as they came: none of this name goes on.
 *
 * @throws RequestError 400 unless there is one such field with one name in it.
 */
export function readNamedUser({ exchange }: Call, { name, encoding }: UserHeader): string {
  const [value, ...others] = fieldValues(exchange.headers, name);
  if (value === undefined) throw refused(`no ${name} header names a user`);
  if (others.length > 0) throw refused(`there is more than one ${name} header`);
  const user = encoding === 'plain' ? value : decoded(value);
  // `*` stands for every user in the configuration and names nobody.
  if (user !== undefined && user !== '*' && USER_NAME.test(user)) return user;
  throw refused(`the ${name} header can not be read`);
}

/** One spelling for each name. */
function decoded(value: string): string | undefined {
  if (value.length > MAX_VALUE_LENGTH) return undefined;
  const octets = Buffer.from(value, 'base64');
  return octets.toString('base64') === value ? octets.toString('latin1') : undefined;
}

function refused(publicText: string): RequestError {
  return new RequestError({
    status: 400,
    code: 'invalid_request',
    reason: 'admin_user_invalid',
    publicText,
  });
}

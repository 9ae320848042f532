/** The fields by which a request of HTTP/1.1 is read; of all others nothing is asked here. */

import type { HeaderList } from '../http/exchange.ts';
import { FieldNames } from '../http/field-names.ts';
import { membersOf } from '../http/header-list.ts';

/** The values of each as they came, in order; for most requests all but `hosts` are empty. */
export interface DecisiveFields {
  readonly hosts: readonly string[];
  readonly lengths: readonly string[];
  readonly codings: readonly string[];
  readonly expectations: readonly string[];
  readonly upgrades: readonly string[];
  /**
   * What the client says of its connection, member by member. `Proxy-Connection` counts as well: readers
   * that know it see no request behind one that closes.
   */
  readonly options: readonly string[];
}

const NAMES = new FieldNames([
  'connection',
  'content-length',
  'expect',
  'host',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** Sorts them out in one pass. */
export function decisiveFields(headers: HeaderList): DecisiveFields {
  const hosts: string[] = [];
  const lengths: string[] = [];
  const codings: string[] = [];
  const expectations: string[] = [];
  const upgrades: string[] = [];
  const options: string[] = [];
  for (const field of headers) {
    switch (NAMES.find(field[0])) {
      case 'host':
        hosts.push(field[1]);
        break;
      case 'content-length':
        lengths.push(field[1]);
        break;
      case 'transfer-encoding':
        codings.push(field[1]);
        break;
      case 'expect':
        expectations.push(field[1]);
        break;
      case 'upgrade':
        upgrades.push(field[1]);
        break;
      case 'connection':
      case 'proxy-connection':
        for (const member of membersOf(field[1])) options.push(member);
        break;
      default:
    }
  }
  return { hosts, lengths, codings, expectations, upgrades, options };
}

/** Whether what is said of the form of a client's access tokens fits together. */

import type { KeyPath } from './positions.ts';
import type { Report } from './report.ts';
import type { ClientConfig, Config } from './schema.ts';

export function checkClientTokens(
  client: ClientConfig,
  {
    keyPath,
    config,
    report,
  }: { readonly keyPath: KeyPath; readonly config: Config; readonly report: Report },
): void {
  const { access_token_format: format, audience } = client;
  if (format === 'jwt' && !('embedded' in config.token_service)) {
    const text = 'the tokens of an upstream have the form that it gives them';
    report.add([...keyPath, 'access_token_format'], text);
  }
  if (format === 'jwt' && audience.length === 0) {
    report.add([...keyPath, 'audience'], 'a JWT must say whom it is for, expected one or more');
  }
  if (format !== 'jwt' && audience.length > 0) {
    report.add([...keyPath, 'audience'], 'belongs to access_token_format jwt');
  }
  audience.forEach((each, index) => {
    // RFC 8707 section 2.
    if (each.includes('#')) report.add([...keyPath, 'audience', index], 'must have no fragment');
    if (audience.indexOf(each) < index) {
      report.add([...keyPath, 'audience', index], 'stands there twice');
    }
  });
}

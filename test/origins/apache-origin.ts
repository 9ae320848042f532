/** Apache httpd as an origin. */

import { startApache, withoutApache } from '../support/apache.ts';
import { createAccessLog } from './access-log.ts';
import type { OriginKind } from './origin.ts';

export const APACHE: OriginKind = {
  name: 'Apache httpd',
  without: withoutApache,
  start: async (t) => {
    const log = await createAccessLog(t);
    const port = await startApache(t, {
      modules: ['alias'],
      site: () => `
        CustomLog ${log.path} "%r"
        AllowEncodedSlashes NoDecode
        RedirectMatch 302 ^(/.*)$ /at$1`,
    });
    return { url: `http://127.0.0.1:${port}`, seen: log.seen };
  },
};

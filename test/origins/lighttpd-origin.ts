/** lighttpd as an origin. */

import { freePort } from '../support/free-port.ts';
import { isMissing } from '../support/workshop.ts';
import { createAccessLog } from './access-log.ts';
import type { OriginKind } from './origin.ts';
import { startProgram } from './program.ts';

/** Debian keeps it where only root looks. */
const COMMAND = ['lighttpd', '/usr/sbin/lighttpd'].find((name) => isMissing(name, '-v') === false);

export const LIGHTTPD: OriginKind = {
  name: 'lighttpd',
  without: COMMAND === undefined && 'lighttpd is not installed',
  start: async (t) => {
    const log = await createAccessLog(t);
    const port = await freePort();
    await startProgram(t, {
      command: COMMAND ?? 'lighttpd',
      args: () => ['-D', '-f', 'lighttpd.conf'],
      files: {
        'lighttpd.conf': `
          server.bind = "127.0.0.1"
          server.port = ${port}
          server.document-root = "/nowhere"
          server.modules = ("mod_redirect", "mod_accesslog")
          accesslog.filename = "${log.path}"
          accesslog.format = "%r"
          url.redirect = ("^(/.*)$" => "/at$1")
          url.redirect-code = 302`,
      },
      says: 'server started',
    });
    return { url: `http://127.0.0.1:${port}`, seen: log.seen };
  },
};

/** nginx as an origin. */

import { startNginx, withoutNginx } from '../support/nginx.ts';
import { createAccessLog } from './access-log.ts';
import type { OriginKind } from './origin.ts';

export const NGINX: OriginKind = {
  name: 'nginx',
  without: withoutNginx,
  start: async (t) => {
    const log = await createAccessLog(t);
    const port = await startNginx(t, {
      within: 'http',
      directives: (own) => `
        log_format request '$request';
        server {
          listen 127.0.0.1:${own};
          access_log ${log.path} request;
          location / { return 302 /at$request_uri; }
        }`,
    });
    return { url: `http://127.0.0.1:${port}`, seen: log.seen };
  },
};

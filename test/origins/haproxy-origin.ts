/** HAProxy as an origin: what it makes of requests arrives at a server behind it. */

import { EventEmitter, once } from 'node:events';

import { startHaproxy, withoutHaproxy } from '../support/haproxy.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import type { OriginKind } from './origin.ts';

export const HAPROXY: OriginKind = {
  name: 'HAProxy',
  without: withoutHaproxy,
  start: async (t) => {
    const told = new EventEmitter();
    const upstream = await startRecordingUpstream(({ url }, response) => {
      response.writeHead(302, { location: `/at${url}` });
      response.end();
      told.emit('request');
    });
    t.after(() => upstream.close());
    const address = upstream.url.replace('http://', '');
    const port = await startHaproxy(t, { lines: ['mode http', `server behind ${address}`] });
    return {
      url: `http://127.0.0.1:${port}`,
      seen: async (path) => {
        while (!upstream.requests.some(({ url }) => url === path)) await once(told, 'request');
        return upstream.requests.map(({ method, url }) => `${method} ${url}`);
      },
    };
  },
};

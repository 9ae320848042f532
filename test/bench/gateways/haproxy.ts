/** Debian's HAProxy as a gateway. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Kit } from '../bench.ts';
import { FILES } from '../material.ts';
import { MEASURED_CORE, freePort, startProgram } from '../program.ts';
import type { Gateway } from './gateway.ts';

export async function startHaproxy(kit: Kit, upstreamPort: number): Promise<Gateway> {
  const name = 'HAProxy';
  const above = kit.material.folder;
  const folder = join(above, 'haproxy');
  await mkdir(folder, { recursive: true });
  const pair = await Promise.all(
    [FILES.server, FILES.serverKey].map((file) => readFile(join(above, file), 'utf8')),
  );
  await writeFile(join(folder, 'server.pem'), pair.join(''));
  const port = await freePort();
  await writeFile(
    join(folder, 'haproxy.cfg'),
    `
global
  nbthread 1
  maxconn 9000
  tune.bufsize 131072
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  timeout connect 10s
  timeout client 600s
  timeout server 60s
listen gateway
  bind 127.0.0.1:${port} ssl crt server.pem ca-file ../${FILES.ca} verify optional crt-ignore-err all ca-ignore-err all alpn h2,http/1.1
  http-request set-header X-Client-Cert %[ssl_c_der,base64]
  http-request set-header X-Forwarded-For %[src]
  http-reuse always
  server upstream 127.0.0.1:${upstreamPort}
`,
  );
  const program = await startProgram(['haproxy', '-db', '-f', 'haproxy.cfg'], {
    core: MEASURED_CORE,
    folder,
    port,
    output: 'log',
  });
  kit.onDone(program.stop);
  return { name, port, program };
}

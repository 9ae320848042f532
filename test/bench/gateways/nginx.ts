/** Debian's nginx as a gateway: alone, and with a script that adds `cnf` to introspection. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Kit } from '../bench.ts';
import { FILES } from '../material.ts';
import { MEASURED_CORE, freePort, startProgram } from '../program.ts';
import type { Gateway } from './gateway.ts';
import { nginxConfig } from './nginx-config.ts';
import {
  LUA_MODULES,
  NJS_MODULES,
  luaDirectives,
  luaInit,
  njsDirectives,
  njsScript,
} from './nginx-scripts.ts';

interface Flavour {
  readonly name: string;
  readonly modules: readonly string[];
  /** Within `http`. */
  readonly prelude: string;
  /** Within the location of the introspection endpoint. */
  readonly introspection: string;
  readonly files: Readonly<Record<string, string>>;
}

export function startNginx(kit: Kit, upstreamPort: number): Promise<Gateway> {
  const plain = { name: 'nginx', modules: [], prelude: '', introspection: '', files: {} };
  return start(kit, upstreamPort, plain);
}

/** `bindings` are thumbprints by token, which the script holds in memory. */
export function startNginxWithNjs(
  kit: Kit,
  upstreamPort: number,
  bindings: Readonly<Record<string, string>>,
): Promise<Gateway> {
  return start(kit, upstreamPort, {
    name: 'nginx + njs',
    modules: NJS_MODULES,
    prelude: 'js_import confirm from confirm.js; js_preload_object bindings from bindings.json;',
    introspection: njsDirectives,
    files: { 'confirm.js': njsScript, 'bindings.json': JSON.stringify(bindings) },
  });
}

/** As with njs; the bindings stand in a shared dictionary. */
export function startNginxWithLua(
  kit: Kit,
  upstreamPort: number,
  bindings: Readonly<Record<string, string>>,
): Promise<Gateway> {
  return start(kit, upstreamPort, {
    name: 'nginx + Lua',
    modules: LUA_MODULES,
    prelude: luaInit(bindings),
    introspection: luaDirectives,
    files: {},
  });
}

async function start(kit: Kit, upstreamPort: number, flavour: Flavour): Promise<Gateway> {
  const { name, modules, prelude, introspection, files } = flavour;
  const folder = join(kit.material.folder, name.replaceAll(/[^a-z]+/gi, '-'));
  await mkdir(folder, { recursive: true });
  const port = await freePort();
  const pass =
    'proxy_pass http://upstream; proxy_http_version 1.1; proxy_set_header Connection "";';
  const http = `
    access_log access.log;
    ${prelude}
    upstream upstream { server 127.0.0.1:${upstreamPort}; keepalive 128; keepalive_requests 1000000000; }
    server {
      listen 127.0.0.1:${port} ssl http2 backlog=4096;
      ssl_certificate ../${FILES.server};
      ssl_certificate_key ../${FILES.serverKey};
      ssl_client_certificate ../${FILES.ca};
      ssl_verify_client optional_no_ca;
      ssl_verify_depth 4;
      ssl_protocols TLSv1.2 TLSv1.3;
      client_max_body_size 64m;
      large_client_header_buffers 8 64k;
      proxy_set_header X-Client-Cert $ssl_client_escaped_cert;
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      location = /oauth2/introspect { ${introspection} ${pass} }
      location / { ${pass} }
    }`;
  const all = { 'nginx.conf': nginxConfig({ http, modules }), ...files };
  await Promise.all(Object.entries(all).map(([file, text]) => writeFile(join(folder, file), text)));
  const program = await startProgram(
    ['nginx', '-p', folder, '-c', 'nginx.conf', '-e', 'error.log'],
    {
      core: MEASURED_CORE,
      folder,
      port,
      output: 'output',
    },
  );
  kit.onDone(program.stop);
  return { name, port, program };
}

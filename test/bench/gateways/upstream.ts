/** The server behind every gateway: Debian's nginx, on the core of the load. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Kit } from '../bench.ts';
import { LOAD_CORE, freePort, startProgram } from '../program.ts';
import { nginxConfig } from './nginx-config.ts';

const LARGE_BYTES = 10 * 1024 * 1024;
const MIDDLE_BYTES = 8 * 1024;

/** Starts it and resolves to its port, plain HTTP. */
export async function startUpstream({ material, onDone }: Kit): Promise<number> {
  const folder = join(material.folder, 'upstream');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'large'), Buffer.alloc(LARGE_BYTES, 'a'));
  await writeFile(join(folder, 'middle'), Buffer.alloc(MIDDLE_BYTES, 'a'));
  const port = await freePort();
  const token = '{"access_token":"$request_id","token_type":"Bearer","expires_in":86400}';
  const introspection =
    '{"active":true,"client_id":"bench","scope":"read write","token_type":"Bearer",' +
    '"exp":4102444800,"iat":1700000000,"sub":"bench","aud":"https://api.example"}';
  const config = nginxConfig({
    http: `
    access_log off;
    server {
      listen 127.0.0.1:${port};
      root ${folder};
      default_type application/json;
      client_max_body_size 64m;
      large_client_header_buffers 8 64k;
      location = /oauth2/token { return 200 '${token}'; }
      location = /oauth2/introspect { return 200 '${introspection}'; }
      # Reads all of the body before it answers.
      location = /upload {
        client_body_buffer_size 16m; proxy_pass_request_body off;
        proxy_set_header Content-Length 0; proxy_pass http://127.0.0.1:${port}/hello;
      }
      location = /hello { return 200 '{"hello":"world"}'; }
    }`,
  });
  await writeFile(join(folder, 'nginx.conf'), config);
  const program = await startProgram(
    ['nginx', '-p', folder, '-c', 'nginx.conf', '-e', 'error.log'],
    {
      core: LOAD_CORE,
      folder,
      port,
      output: 'output',
    },
  );
  onDone(program.stop);
  return port;
}

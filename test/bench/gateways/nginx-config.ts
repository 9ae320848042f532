/** What every nginx of the benchmark has in common. */

import process from 'node:process';

export interface NginxConfig {
  /** The inside of the `http` block. */
  readonly http: string;
  readonly modules?: readonly string[];
}

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** One worker, and connections that are never closed for having been used often. */
export function nginxConfig({ http, modules = [] }: NginxConfig): string {
  return [
    ...modules.map((name) => `load_module /usr/lib/nginx/modules/${name}.so;`),
    'daemon off; worker_processes 1; pid nginx.pid; error_log error.log;',
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    'worker_rlimit_nofile 40000;',
    'events { worker_connections 16384; }',
    'http {',
    '  keepalive_requests 1000000000; keepalive_timeout 600s;',
    ...TEMPORARY.map((kind) => `  ${kind}_temp_path ${kind};`),
    http,
    '}',
    '',
  ].join('\n');
}

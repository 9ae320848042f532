/** Which keys of the configuration are file paths, and what a relative one means. */

import { resolve } from 'node:path';

import type { ClientConfig, Config, EmbeddedConfig, UpstreamConfig } from './schema.ts';

/** Returns whether an entry of a client's `certificates` is PEM text rather than a file. */
export function isPemText(entry: string): boolean {
  return entry.includes('-----BEGIN ');
}

/** Returns the configuration with every path absolute; relative ones start at `baseDir`. */
export function resolvePaths(config: Config, baseDir: string): Config {
  return changePaths(config, (path) => resolve(baseDir, path));
}

/** Returns the files and folders that are read when the configuration is checked, each once. */
export function namedFiles(config: Config): readonly string[] {
  const files = new Set<string>();
  changePaths(config, (path) => {
    files.add(path);
    return path;
  });
  // Written by ourselves.
  files.delete(config.store.path);
  files.delete(config.demo?.certificates ?? '');
  return [...files];
}

function changePaths(config: Config, absolute: (path: string) => string): Config {
  const { token_service: tokenService, demo } = config;
  return {
    ...config,
    listeners: config.listeners.map((listener) => ({
      ...listener,
      certificate: absolute(listener.certificate),
      private_key: absolute(listener.private_key),
      server_names: listener.server_names.map((entry) => ({
        ...entry,
        ...(entry.certificate !== undefined && { certificate: absolute(entry.certificate) }),
        ...(entry.private_key !== undefined && { private_key: absolute(entry.private_key) }),
      })),
      ...(listener.session_ticket_key !== undefined && {
        session_ticket_key: absolute(listener.session_ticket_key),
      }),
      client_ca: listener.client_ca.map(absolute),
      ...(listener.client_ca_passphrase_file !== undefined && {
        client_ca_passphrase_file: absolute(listener.client_ca_passphrase_file),
      }),
    })),
    management: {
      ...config.management,
      ...(config.management.token_file !== undefined && {
        token_file: absolute(config.management.token_file),
      }),
    },
    token_service:
      'upstream' in tokenService
        ? { upstream: resolveUpstream(tokenService.upstream, absolute) }
        : { embedded: resolveEmbedded(tokenService.embedded, absolute) },
    clients: config.clients.map((client) => resolveClient(client, absolute)),
    access_tokens: resolveAccessTokens(config.access_tokens, absolute),
    jwks: { ...config.jwks, ca: config.jwks.ca.map(absolute) },
    revocation: { ...config.revocation, crl_files: config.revocation.crl_files.map(absolute) },
    store: {
      ...config.store,
      path: absolute(config.store.path),
      ca: config.store.ca.map(absolute),
    },
    ...(demo && { demo: { ...demo, certificates: absolute(demo.certificates) } }),
  };
}

function resolveEmbedded(
  embedded: EmbeddedConfig,
  absolute: (path: string) => string,
): EmbeddedConfig {
  const { users_file: usersFile, registration } = embedded;
  return {
    ...embedded,
    ...(usersFile !== undefined && { users_file: absolute(usersFile) }),
    ...(registration && { registration: resolveRegistration(registration, absolute) }),
  };
}

function resolveRegistration(
  registration: NonNullable<EmbeddedConfig['registration']>,
  absolute: (path: string) => string,
): NonNullable<EmbeddedConfig['registration']> {
  const files = registration.initial_access_token_files.map(absolute);
  return { ...registration, initial_access_token_files: files };
}

function resolveUpstream(
  upstream: UpstreamConfig,
  absolute: (path: string) => string,
): UpstreamConfig {
  const { ca, token_binding: binding, certificate_proof: proof } = upstream;
  return {
    ...upstream,
    ca: ca.map(absolute),
    token_binding: { ...binding, sealing_keys: binding.sealing_keys.map(absolute) },
    ...(proof && { certificate_proof: { ...proof, key_file: absolute(proof.key_file) } }),
  };
}

function resolveAccessTokens(
  { introspection, jwt }: Config['access_tokens'],
  absolute: (path: string) => string,
): Config['access_tokens'] {
  const secretFile = introspection?.client_secret_file;
  return {
    ...(introspection && {
      introspection: {
        ...introspection,
        ...(secretFile !== undefined && { client_secret_file: absolute(secretFile) }),
      },
    }),
    ...(jwt && { jwt: { ...jwt, ca: jwt.ca.map(absolute) } }),
  };
}

function resolveClient(client: ClientConfig, absolute: (path: string) => string): ClientConfig {
  const { upstream } = client;
  const secretFile = client.client_secret_file;
  const upstreamSecretFile = upstream?.client_secret_file;
  return {
    ...client,
    certificates: client.certificates.map((entry) => (isPemText(entry) ? entry : absolute(entry))),
    trust_anchors: client.trust_anchors.map(absolute),
    ...(secretFile !== undefined && { client_secret_file: absolute(secretFile) }),
    ...(upstream && {
      upstream: {
        ...upstream,
        ...(upstreamSecretFile !== undefined && {
          client_secret_file: absolute(upstreamSecretFile),
        }),
        ...(upstream.private_key !== undefined && {
          private_key: absolute(upstream.private_key),
        }),
      },
    }),
  };
}

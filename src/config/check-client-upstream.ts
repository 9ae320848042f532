/** What the gateway presents for a client to the upstream. */

import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { readPrivateKeyFile } from './certificate-files.ts';
import { readOneSecret } from './check-client-secrets.ts';
import type { UpstreamCredentialMaterial } from './material.ts';
import type { KeyPath } from './positions.ts';
import type { Report } from './report.ts';
import type { ClientConfig, Config } from './schema.ts';

interface Scope {
  readonly keyPath: KeyPath;
  readonly config: Config;
  readonly report: Report;
}

type Section = NonNullable<ClientConfig['upstream']>;

/** Undefined where the client_id, beside the certificate headers, is all there is. */
export async function readUpstreamCredential(
  client: ClientConfig,
  { keyPath, config, report }: Scope,
): Promise<UpstreamCredentialMaterial | undefined> {
  const { upstream } = client;
  if (upstream === undefined) return hasSecret(client) ? { method: 'passthrough' } : undefined;
  const upstreamKey = [...keyPath, 'upstream'];
  const { token_service: service } = config;
  if (!('upstream' in service) || service.upstream.kind !== 'gateway') {
    report.add(upstreamKey, 'needs token_service.upstream of kind gateway');
    return undefined;
  }
  refuseForeignKeys(upstream, upstreamKey, report);
  refuseForPublic(client, upstreamKey, report);
  switch (upstream.auth_method) {
    case 'client_secret_basic':
    case 'client_secret_post': {
      const secret = await readOneSecret(upstream, upstreamKey, report);
      return secret === undefined ? undefined : { method: upstream.auth_method, secret };
    }
    case 'private_key_jwt': {
      const { url, endpoints } = service.upstream;
      const audience = upstream.audience ?? `${new URL(url).origin}${endpoints.token}`;
      return readKey(upstream, { upstreamKey, audience, report });
    }
    case 'certificate_header':
      if (service.upstream.certificate_headers.length === 0) {
        report.add([...upstreamKey, 'auth_method'], 'needs certificate_headers of the upstream');
      }
      return undefined;
    case 'passthrough':
      if (!hasSecret(client)) {
        report.add([...upstreamKey, 'auth_method'], 'the client has no secret that could pass');
      }
      return { method: 'passthrough' };
  }
}

/** Whether the client sends a secret. */
function hasSecret({ token_endpoint_auth_method: method }: ClientConfig): boolean {
  return (
    method === 'client_secret_basic' ||
    method === 'client_secret_post' ||
    method === 'certificate_and_secret'
  );
}

/** Whoever names a public client is that client here, and must not become a proven one there. */
function refuseForPublic(client: ClientConfig, keyPath: KeyPath, report: Report): void {
  const { token_endpoint_auth_method: method, upstream } = client;
  const isLent = upstream !== undefined && KEYS_OF_METHOD[upstream.auth_method] !== undefined;
  if (method !== 'none' || !isLent) return;
  report.add(keyPath, 'the client is public: anyone could use the credential by naming it');
}

const KEYS_OF_METHOD: Readonly<
  Partial<Record<Section['auth_method'], readonly (keyof Section)[]>>
> = {
  client_secret_basic: ['client_secret', 'client_secret_file'],
  client_secret_post: ['client_secret', 'client_secret_file'],
  private_key_jwt: ['private_key', 'key_id', 'audience'],
};

function refuseForeignKeys(upstream: Section, keyPath: KeyPath, report: Report): void {
  const { auth_method: method, ...others } = upstream;
  const own = KEYS_OF_METHOD[method] ?? [];
  for (const [key, value] of Object.entries(others)) {
    if (value !== undefined && !own.some((each) => each === key)) {
      report.add([...keyPath, key], `belongs to another auth_method than ${method}`);
    }
  }
}

async function readKey(
  { private_key: file, key_id: keyId }: Section,
  {
    upstreamKey,
    audience,
    report,
  }: { readonly upstreamKey: KeyPath; readonly audience: string; readonly report: Report },
): Promise<UpstreamCredentialMaterial | undefined> {
  const keyPath = [...upstreamKey, 'private_key'];
  if (file === undefined) {
    report.add(upstreamKey, 'expected private_key');
    return undefined;
  }
  const shown = report.shown(keyPath, file);
  const found = await readPrivateKeyFile(file, shown);
  if ('problem' in found) {
    report.add(keyPath, found.problem);
    return undefined;
  }
  const pem = found.key.export({ type: 'pkcs8', format: 'pem' });
  const privateKey = createPrivateKey(pem);
  const algorithm = algorithmOf(privateKey);
  if (algorithm === undefined) {
    report.add(keyPath, `${shown} is a key of a kind that signs no assertion`);
    return undefined;
  }
  return { method: 'private_key_jwt', key: { privateKey, algorithm, keyId, audience } };
}

/** The JWS algorithm of a key (RFC 7518 section 3.1, RFC 8037 section 3.1). */
function algorithmOf(key: KeyObject): string | undefined {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2_048 ? undefined : 'PS256';
    case 'ec':
      return EC_ALGORITHMS[key.asymmetricKeyDetails?.namedCurve ?? ''];
    case 'ed25519':
      return 'EdDSA';
    default:
      return undefined;
  }
}

const EC_ALGORITHMS: Readonly<Record<string, string>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
};

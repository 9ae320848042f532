/** The addresses of a configuration, and how each of them is asked without changing anything there. */

import { parseJwks } from '../certificate/key-set/jwks.ts';
import { readCrls } from '../certificate/revocation/crl-file.ts';
import { readOcspUrls } from '../certificate/revocation/authority-information.ts';
import { readDistributionPoints } from '../certificate/revocation/distribution-point.ts';
import type { Material } from '../config/check.ts';
import { configuredCertificates } from '../config/configured-certificates.ts';
import type { KeyPath } from '../config/positions.ts';
import type { Config } from '../config/schema.ts';
import { FetchError } from '../errors.ts';
import { createFetcher } from '../fetch/fetcher.ts';
import type { FetchRequest } from '../fetch/fetcher.ts';
import { probePostgres } from '../store/postgres.ts';
import { openRedisConnection } from '../store/redis-connection.ts';
import { createConnect } from '../upstream/connect.ts';
import { machineTargets } from './reach-machine.ts';
import type { ReachTarget } from './reach-machine.ts';

const MAX_DOCUMENT_BYTES = 33_554_432;

/** Returns the targets in the order of the questions of a start; the same address once for each key. */
export function reachTargets(
  config: Config,
  material: Material,
  timeoutMs: number,
): readonly ReachTarget[] {
  return [
    ...machineTargets(config),
    ...upstreamTargets(config, material, timeoutMs),
    ...storeTargets(config, material, timeoutMs),
    ...keySetTargets(config, material, timeoutMs),
    ...revocationTargets(config, material, timeoutMs),
  ];
}

function upstreamTargets(
  { token_service: service }: Config,
  { upstreamCaPems }: Material,
  timeoutMs: number,
): readonly ReachTarget[] {
  if (!('upstream' in service)) return [];
  const connect = createConnect({
    origin: service.upstream.url,
    connectTimeoutMs: timeoutMs,
    ...(upstreamCaPems.length > 0 && { caPems: upstreamCaPems }),
  });
  const ask = async (): Promise<readonly string[]> => {
    (await connect()).socket.destroy();
    return [];
  };
  return [{ keyPath: ['token_service', 'upstream', 'url'], address: service.upstream.url, ask }];
}

function storeTargets(
  { store }: Config,
  { storeCaPems: caPems, sealingKeys }: Material,
  timeoutMs: number,
): readonly ReachTarget[] {
  const { engine, url } = store;
  // Where tokens are sealed, nothing is kept.
  if (url === undefined || sealingKeys.length > 0) return [];
  const target = { keyPath: ['store', 'url'], address: withoutCredentials(url, engine) };
  if (engine === 'postgres') {
    return [{ ...target, ask: () => probePostgres({ url, caPems, timeoutMs }) }];
  }
  if (engine !== 'redis') return [];
  const ask = async (): Promise<readonly string[]> => {
    const notices: string[] = [];
    const connection = await openRedisConnection({ url, caPems, timeoutMs }, (text) => {
      notices.push(text);
    });
    await connection.close();
    return notices;
  };
  return [{ ...target, ask }];
}

function keySetTargets(
  config: Config,
  { jwksCaPems, upstreamCaPems, protection }: Material,
  timeoutMs: number,
): readonly ReachTarget[] {
  const { token_service: service, access_tokens: tokens } = config;
  const keySet = (keyPath: KeyPath, url: string, from: Omit<Source, 'timeoutMs'>): ReachTarget =>
    documentTarget(keyPath, { url }, { ...from, timeoutMs, read: parseJwks });
  const signed = 'upstream' in service ? service.upstream.introspection.signed_answers : undefined;
  const ofSigner = ['token_service', 'upstream', 'introspection', 'signed_answers', 'jwks_uri'];
  const ofIssuer = ['access_tokens', 'jwt', 'jwks_uri'];
  const named = { allowPrivateAddresses: true };
  return [
    ...(signed ? [keySet(ofSigner, signed.jwks_uri, { ...named, caPems: upstreamCaPems })] : []),
    ...(tokens.jwt
      ? [keySet(ofIssuer, tokens.jwt.jwks_uri, { ...named, caPems: protection.issuerCaPems })]
      : []),
    ...config.clients.flatMap(({ jwks_uri: url, allow_private_jwks_uri: isPrivate }, index) => {
      if (url === undefined) return [];
      const from = { allowPrivateAddresses: isPrivate, caPems: jwksCaPems };
      return [keySet(['clients', index, 'jwks_uri'], url, from)];
    }),
  ];
}

/** Those that the configuration names, and those that its own certificates do where they are asked. */
function revocationTargets(
  { revocation }: Config,
  material: Material,
  timeoutMs: number,
): readonly ReachTarget[] {
  const { allow_private_addresses: allowPrivateAddresses } = revocation;
  const from = { allowPrivateAddresses, caPems: [], timeoutMs };
  const list = (keyPath: KeyPath, url: string): ReachTarget =>
    documentTarget(keyPath, { url, allowHttp: true }, { ...from, read: readCrls });
  const responder = (keyPath: KeyPath, url: string): ReachTarget => {
    const target = documentTarget(keyPath, { url, allowHttp: true }, { ...from, read: () => {} });
    return { ...target, ask: () => target.ask().catch(answeredAtAll) };
  };
  const ofCertificates = configuredCertificates(material).flatMap(({ keyPath, certificate }) => {
    if (keyPath[0] !== 'clients' && keyPath.at(-1) !== 'client_ca') return [];
    const lists = readDistributionPoints(certificate).flatMap(({ urls }) => urls.filter(isHttp));
    const responders = readOcspUrls(certificate).filter(isHttp);
    return [
      ...(revocation.crl_distribution_points ? lists.map((url) => list(keyPath, url)) : []),
      ...(revocation.ocsp ? responders.map((url) => responder(keyPath, url)) : []),
    ];
  });
  return [
    ...revocation.crl_urls.map((url, index) => list(['revocation', 'crl_urls', index], url)),
    ...ofCertificates,
  ];
}

interface Source {
  readonly allowPrivateAddresses: boolean;
  /** Empty: the public roots. */
  readonly caPems: readonly string[];
  readonly timeoutMs: number;
}

function documentTarget(
  keyPath: KeyPath,
  request: FetchRequest,
  { caPems, read, ...rules }: Source & { readonly read: (bytes: Uint8Array) => unknown },
): ReachTarget {
  const ask = async (): Promise<readonly string[]> => {
    const fetcher = createFetcher({
      ...rules,
      maxBytes: MAX_DOCUMENT_BYTES,
      ...(caPems.length > 0 && { caPems }),
    });
    try {
      const answer = await fetcher.fetch(request);
      if (answer.kind === 'document') await read(answer.body);
      return [];
    } finally {
      fetcher.close();
    }
  };
  return { keyPath, address: withoutCredentials(request.url, 'the address'), ask };
}

/** A responder that is asked about nothing has nothing to say; that it speaks HTTP is enough. */
function answeredAtAll(error: unknown): readonly string[] {
  if (error instanceof FetchError && error.reason === 'fetch_answer_invalid') return [];
  throw error;
}

function isHttp(url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url);
}

function withoutCredentials(text: string, fallback: string): string {
  if (!URL.canParse(text)) return fallback;
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

/** The checks that need no running server: does everything that the configuration names exist and fit. */

import type { Crl } from '../certificate/revocation/crl.ts';
import { ConfigError } from '../errors.ts';
import { checkClient, checkClientIds } from './check-clients.ts';
import { refuseExposedDemo } from './check-demo.ts';
import { checkJwks } from './check-jwks.ts';
import { checkAddresses, checkListener } from './check-listeners.ts';
import { checkProfile } from './check-profile.ts';
import { readManagementToken } from './check-management.ts';
import { checkProtection } from './check-protection.ts';
import { checkPushedRequests } from './check-pushed-requests.ts';
import { checkRoutes } from './check-routes.ts';
import { checkStore } from './check-store.ts';
import { checkTokenService } from './check-token-service.ts';
import { throughView } from './files.ts';
import { inFileOrder } from './load.ts';
import type { LoadedConfig } from './load.ts';
import type { Material } from './material.ts';
import { readCrlPlace } from './crl-places.ts';
import { createReport } from './report.ts';
import type { Report } from './report.ts';
import type { Config } from './schema.ts';

export type { AdminPathMaterial } from './check-admin-path.ts';
export type { ClientMaterial, ListenerMaterial, Material } from './material.ts';

export interface CheckOptions {
  /** Milliseconds since the epoch. */
  readonly now?: number;
}

/**
 * Reads every file that the configuration names and returns what they hold, so that nobody reads
 * them twice.
 *
 * Throws ConfigError with all problems; there is no material of a configuration that has one.
 */
export async function checkConfig(
  loaded: LoadedConfig,
  options: CheckOptions = {},
): Promise<Material> {
  const { view } = loaded;
  const check = (): Promise<Material> => checkFiles(loaded, options);
  return view === undefined ? check() : throughView(view, check);
}

async function checkFiles(
  loaded: LoadedConfig,
  { now = Date.now() }: CheckOptions,
): Promise<Material> {
  const { config } = loaded;
  const report = createReport(loaded);
  checkAddresses(config, report);
  checkClientIds(config.clients, report);
  checkRoutes(config, report);
  checkPushedRequests(config, report);
  const listeners = await Promise.all(
    config.listeners.map((listener, index) => checkListener(listener, { index, now, report })),
  );
  const tokenService = await checkTokenService(config, report);
  const managementToken = await readManagementToken(config, report);
  const storeCaPems = await checkStore(config, report);
  const jwksCaPems = await checkJwks(config, report);
  const protection = await checkProtection(config, report);
  const clients = await Promise.all(
    config.clients.map((client, index) => checkClient(client, { index, config, report })),
  );
  checkProfile({ config, clients, report });
  const crls = await readCrlFiles(config, report);
  const readable = listeners.filter((listener) => listener !== undefined);
  const { users } = tokenService;
  refuseExposedDemo({ config, listeners: readable, clients, users, report });

  if (report.problems.length > 0) throw new ConfigError(inFileOrder(report.problems));
  return {
    listeners: readable.map(({ material }) => material),
    clients: clients.map(({ material }) => material),
    crls,
    ...tokenService,
    storeCaPems,
    jwksCaPems,
    protection,
    ...(managementToken !== undefined && { managementToken }),
  };
}

async function readCrlFiles(
  { revocation }: Config,
  report: Report,
): Promise<ReadonlyMap<string, readonly Crl[]>> {
  const found = new Map<string, readonly Crl[]>();
  for (const [index, place] of revocation.crl_files.entries()) {
    const keyPath = ['revocation', 'crl_files', index];
    const outcome = await readCrlPlace(place, report.shown(keyPath, place));
    if ('crls' in outcome) found.set(place, outcome.crls);
    else report.add(keyPath, outcome.problem);
  }
  return found;
}

/** The store: whether the address fits the engine, and the CAs of its server. */

import { readCaPems } from './check-trust-stores.ts';
import type { Report } from './report.ts';
import type { Config } from './schema.ts';

const SCHEMES: Readonly<Record<'redis' | 'postgres', readonly string[]>> = {
  redis: ['redis:', 'rediss:'],
  postgres: ['postgres:', 'postgresql:'],
};

/** Returns the CAs of the store's server as PEM, one text each. No text of a problem holds the address. */
export async function checkStore(
  { store, workers }: Config,
  report: Report,
): Promise<readonly string[]> {
  if (store.engine === 'memory' && workers !== 1) {
    const text = 'the memory engine belongs to one process: choose another one, or workers: 1';
    report.add(['store', 'engine'], text);
  }
  if (store.engine !== 'redis' && store.engine !== 'postgres') {
    if (store.url !== undefined) {
      report.add(['store', 'url'], `the ${store.engine} engine has no server`);
    }
    if (store.ca.length > 0)
      report.add(['store', 'ca'], `the ${store.engine} engine has no server`);
    return [];
  }
  if (store.url === undefined) {
    report.add(['store', 'engine'], `the ${store.engine} engine needs store.url`);
  } else {
    checkUrl(store.engine, store.url, store.ca.length > 0, report);
  }
  return readCaPems(store.ca, ['store', 'ca'], report);
}

function checkUrl(
  engine: 'redis' | 'postgres',
  text: string,
  hasCa: boolean,
  report: Report,
): void {
  const keyPath = ['store', 'url'];
  const schemes = SCHEMES[engine];
  const url = URL.parse(text);
  if (url === null || url.hostname === '' || !schemes.includes(url.protocol)) {
    report.add(keyPath, `expected an address that starts with ${schemes.join('// or ')}//`);
    return;
  }
  if (engine === 'redis' && hasCa && url.protocol !== 'rediss:') {
    report.add(keyPath, 'expected rediss://, since store.ca is given');
  }
  if (engine === 'postgres') checkTlsParameters(url.searchParams, hasCa, report);
}

/** Of a parameter that is repeated the library takes the last one. */
function checkTlsParameters(parameters: URLSearchParams, hasCa: boolean, report: Report): void {
  const keyPath = ['store', 'url'];
  // What the address says the library takes in place of what we say, the CAs included.
  const [own] = [...parameters.keys()].filter((name) => TLS_PARAMETER.test(name));
  if (hasCa && own !== undefined) {
    report.add(keyPath, `${own} has no place beside store.ca, which demands TLS`);
  } else if (parameters.getAll('sslmode').some((mode) => !TLS_MODES.has(mode))) {
    // The others encrypt for whoever answers.
    report.add(keyPath, 'expected sslmode=verify-full or sslmode=disable');
  }
}

const TLS_PARAMETER = /^ssl(?:|mode|cert|key|rootcert|negotiation)$/;
const TLS_MODES: ReadonlySet<string> = new Set(['disable', 'verify-full']);

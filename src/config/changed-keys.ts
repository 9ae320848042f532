/** By which keys two configurations differ, named as an operator reads them. No value is ever told. */

import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

import type { Crl } from '../certificate/revocation/crl.ts';
import { inSlices } from './in-slices.ts';
import type { Material } from './material.ts';
import type { ConfigState } from './restart-keys.ts';

/** One more change than these is no news to anybody. */
const MAX_CHANGES = 100;

/** The member by which the entries of a list are known. */
const NAMES = ['client_id', 'name', 'path'] as const;

/** Files by what the material holds of them. */
const FILES: Readonly<Record<string, string>> = {
  certificatePem: 'certificate',
  privateKeyPem: 'private_key',
  serverNames: 'server_names',
  ticketSecret: 'session_ticket_key',
  clientCas: 'client_ca',
  balancerCertificates: 'from_load_balancer',
};

/** Returns the keys in the order of the schema, then the files whose content has changed. */
export async function changedKeys(
  before: ConfigState,
  after: ConfigState,
): Promise<readonly string[]> {
  const keys = [
    ...(await inSlices(differences('', before.config, after.config))),
    ...(await inSlices(fileDifferences(before.material, after.material))),
  ];
  const all = [...new Set(keys)];
  if (all.length <= MAX_CHANGES) return all;
  return [...all.slice(0, MAX_CHANGES), `${all.length - MAX_CHANGES} more`];
}

function* differences(place: string, before: unknown, after: unknown): Iterable<readonly string[]> {
  const [a, b] = [membersOf(before), membersOf(after)];
  if (a === undefined || b === undefined) {
    yield isDeepStrictEqual(before, after) ? [] : [place];
    return;
  }
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    yield* differences(place === '' ? key : `${place}.${key}`, a.get(key), b.get(key));
  }
}

/** The members of an object, the entries of a list that have names; undefined for all else. */
function membersOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const named = value.map((entry) => [nameOf(entry), entry] as const);
  const names = new Set(named.map(([name]) => name));
  if (names.has(undefined) || names.size < value.length) return undefined;
  return new Map(named.map(([name = '', entry]) => [name, entry]));
}

function nameOf(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const members = new Map<string, unknown>(Object.entries(entry));
  return NAMES.map((name) => members.get(name)).find((name) => typeof name === 'string');
}

function* fileDifferences(before: Material, after: Material): Iterable<readonly string[]> {
  const listeners = new Map(before.listeners.map((each) => [each.config.name, each]));
  for (const { config: own, ...files } of after.listeners) {
    const then = listeners.get(own.name);
    if (then === undefined) continue;
    for (const [key, held] of Object.entries(files)) {
      const same = isDeepStrictEqual(held, new Map(Object.entries(then)).get(key));
      yield same ? [] : [`listeners.${own.name}.${FILES[key] ?? key} (file)`];
    }
  }
  const clients = new Map(before.clients.map((each) => [each.config.client_id, each]));
  for (const { config, ...files } of after.clients) {
    const then = clients.get(config.client_id);
    if (then === undefined || !isDeepStrictEqual(then.config, config)) continue;
    const same = isDeepStrictEqual({ ...then, config }, { ...files, config });
    yield same ? [] : [`clients.${config.client_id} (file)`];
  }
  if (!isDeepStrictEqual(signedLists(before), signedLists(after))) {
    yield ['revocation.crl_files (file)'];
  }
  const { listeners: _l, clients: _c, crls: _r, ...others } = after;
  const then = new Map<string, unknown>(Object.entries(before));
  const changed = Object.entries(others).some(
    ([key, held]) => !isDeepStrictEqual(held, then.get(key)),
  );
  if (changed) yield ['other files'];
}

/** As text: octets from another thread are of another class. */
function signedLists({ crls }: Material): readonly (readonly [string, readonly string[]])[] {
  return [...crls].map(([place, lists]) => [place, lists.map(hashOfSigned)]);
}

function hashOfSigned({ signed }: Crl): string {
  return hash('sha256', signed, 'base64');
}

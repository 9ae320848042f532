/** The registered resources, kept in the store until they are deleted. */

import { createHash, randomUUID } from 'node:crypto';

import { StoreError } from '../../errors.ts';
import { NEVER } from '../storage/record.ts';
import { isSameOwner, readDescription, writeDescription } from './resource.ts';
import type { Store } from '../../store/store.ts';
import type { Owner, Resource, ResourceDescription } from './resource.ts';

export const SPACE = 'uma';

export interface ResourcesOptions {
  readonly store: Store;
  /** Resources of one resource server, of all its users together. */
  readonly maxResources: number;
}

/** Every method rejects with StoreError when the store fails or holds what does not parse. */
export interface Resources {
  /** Returns the new id, or undefined where the resource server has as many as it may have. */
  add(owner: Owner, description: ResourceDescription): Promise<string | undefined>;
  find(id: string): Promise<Resource | undefined>;
  /** Whether the owner has the resource; it is described anew then. */
  replace(owner: Owner, id: string, description: ResourceDescription): Promise<boolean>;
  /** Whether the owner had the resource; it is gone then. */
  remove(owner: Owner, id: string): Promise<boolean>;
  /** The ids of the owner's resources, in no order. */
  list(owner: Owner): Promise<readonly string[]>;
}

/** Those that are made; nothing else is looked up. */
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const PREFIX = 'resource:';

export function createResources({ store, maxResources }: ResourcesOptions): Resources {
  async function find(id: string): Promise<Resource | undefined> {
    const record = ID.test(id) ? await store.get(SPACE, PREFIX + id) : undefined;
    return record === undefined ? undefined : parse(id, record.value);
  }

  return {
    find,

    async add(owner, description) {
      // Those that register at the same moment may exceed it together, by as many as they are.
      const standing = await store.findByTag(SPACE, clientTag(owner));
      if (standing.length >= maxResources) return undefined;
      const id = randomUUID();
      await store.put(SPACE, PREFIX + id, write(owner, description), {
        expiresAt: NEVER,
        tags: [clientTag(owner), ownerTag(owner)],
        onlyIf: 'absent',
      });
      return id;
    },

    async replace(owner, id, description) {
      const record = ID.test(id) ? await store.get(SPACE, PREFIX + id) : undefined;
      if (record === undefined || !isSameOwner(parse(id, record.value).owner, owner)) return false;
      // Over the version that was seen, so that what somebody deletes meanwhile stays deleted.
      return store.put(SPACE, PREFIX + id, write(owner, description), {
        expiresAt: NEVER,
        tags: [clientTag(owner), ownerTag(owner)],
        onlyIf: record.version,
      });
    },

    async remove(owner, id) {
      const resource = await find(id);
      if (resource === undefined || !isSameOwner(resource.owner, owner)) return false;
      await store.delete(SPACE, PREFIX + id);
      return true;
    },

    async list(owner) {
      const keys = await store.findByTag(SPACE, ownerTag(owner));
      return keys.map((key) => key.slice(PREFIX.length));
    },
  };
}

function clientTag({ clientId }: Owner): string {
  return `client:${digest(clientId)}`;
}

function ownerTag({ clientId, user }: Owner): string {
  return `owner:${digest(JSON.stringify([clientId, user]))}`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function write(owner: Owner, description: ResourceDescription): string {
  return JSON.stringify({ owner, description: writeDescription(description) });
}

function parse(id: string, value: string): Resource {
  try {
    const { owner, description } = JSON.parse(value) as {
      readonly owner?: { readonly clientId?: unknown; readonly user?: unknown };
      readonly description?: unknown;
    };
    const read = readDescription(description);
    const { clientId, user } = owner ?? {};
    if (
      read !== undefined &&
      typeof clientId === 'string' &&
      (user === undefined || typeof user === 'string')
    ) {
      return { ...read, id, owner: { clientId, user } };
    }
  } catch {
    // Told below: the text of a JSON error repeats part of the record.
  }
  throw new StoreError('store_unavailable', 'a registered resource does not parse');
}

/** What goes between the thread that reads a configuration and who waits for it. Plain data. */

import type { ConfigProblem } from '../../errors.ts';
import type { ConfigText } from '../load.ts';
import type { ClientMaterial, Material } from '../material.ts';
import type { ClientConfig, Config } from '../schema.ts';
import type { ConfigSnapshot } from '../snapshot.ts';

/** With the files of a snapshot, or those of the disk. */
export type ReadSource = ConfigText | ConfigSnapshot;

/** Clients are asked for one slice after the other, once all else is read. */
export type ReadQuestion =
  | { readonly kind: 'read'; readonly source: ReadSource }
  | { readonly kind: 'clients'; readonly from: number };

/** The first answer: all but the clients, of which there may be many. */
export type ReadAnswer =
  | {
      readonly kind: 'read';
      readonly config: Config;
      readonly material: Material;
      readonly clientCount: number;
      /** Where each key stands that a reload can't change, by its path as JSON. */
      readonly places: ReadonlyMap<string, ConfigProblem>;
      readonly named: readonly string[];
    }
  | {
      readonly kind: 'refused';
      readonly problems: readonly ConfigProblem[];
      readonly named: readonly string[];
    };

/** Of those that come first from the place that was asked for. */
export interface ClientsAnswer {
  readonly configs: readonly ClientConfig[];
  /** In the same order. */
  readonly materials: readonly Omit<ClientMaterial, 'config'>[];
}

/** Clients at a time: to unpack them takes a millisecond or two. */
export const CLIENTS_AT_A_TIME = 50;

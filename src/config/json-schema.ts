/** The configuration schema as JSON Schema: for editors, for docs/, for naming known keys. */

import { z } from 'zod';

import type { KeyPath } from './positions.ts';
import { configSchema } from './schema.ts';

/** The parts of JSON Schema that our schema turns into. */
export interface JsonSchema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** Returns the configuration's schema as JSON Schema 2020-12, as the file is written (not parsed). */
export function configJsonSchema(): JsonSchema {
  return z.toJSONSchema(configSchema, { io: 'input' }) as JsonSchema;
}

/** Returns the names that may stand below `keyPath`, over all branches of a union. */
export function knownKeys(keyPath: KeyPath): readonly string[] {
  let schemas = branchesOf(configJsonSchema());
  for (const part of keyPath) {
    schemas = schemas
      .map((schema) => (typeof part === 'number' ? schema.items : schema.properties?.[part]))
      .filter((schema) => schema !== undefined)
      .flatMap(branchesOf);
  }
  return [...new Set(schemas.flatMap((schema) => Object.keys(schema.properties ?? {})))];
}

/** Returns the alternatives of a union, or the schema itself where it is none. */
export function branchesOf(schema: JsonSchema): readonly JsonSchema[] {
  const branches = schema.anyOf ?? schema.oneOf;
  return branches === undefined ? [schema] : branches.flatMap(branchesOf);
}

/**
 * Which entry of a listener's `server_names` a host name belongs to. Handshake and request ask the
 * same table, so that they can't disagree on one name.
 */

/** Told before letters are made small: the Kelvin sign would become a k. */
const PLAIN_NAME = /^[a-zA-Z0-9._-]+$/;

export interface ServerNameTable<Entry> {
  /** The entry of a name in any letter case, with or without a dot at its end; else undefined. */
  find(name: string): Entry | undefined;
}

/**
 * Builds the table. A name stands for itself, or is `*.` and the rest: any one label before the
 * rest. A name that is written out goes before a wildcard. What isn't plain ASCII belongs to no
 * entry: other software may read U-labels and full-width dots as another name.
 */
export function createServerNameTable<Entry extends { readonly names: readonly string[] }>(
  entries: readonly Entry[],
): ServerNameTable<Entry> {
  const byName = new Map(
    entries.flatMap((entry) => entry.names.map((name) => [canonicalName(name), entry] as const)),
  );
  return {
    find: (name) => {
      if (!PLAIN_NAME.test(name)) return undefined;
      const canonical = canonicalName(name);
      const dot = canonical.indexOf('.');
      return (
        byName.get(canonical) ?? (dot > 0 ? byName.get(`*${canonical.slice(dot)}`) : undefined)
      );
    },
  };
}

/** One spelling per name: lower case, without the dots of the root. */
function canonicalName(name: string): string {
  // From the first of the dots only: a ClientHello has room for so many that it would take long.
  return name.toLowerCase().replace(/(?<!\.)\.+$/, '');
}

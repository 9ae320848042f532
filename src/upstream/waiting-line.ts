/**
 * Those who wait for a connection. Of one network they are served in the order they came; of several
 * networks that one comes first which holds the fewest connections.
 */

export interface InLine {
  readonly network: string;
}

export interface WaitingLine<Place extends InLine> {
  size(): number;
  /** Returns the place that must go where the line is full: this one, or one that it displaces. */
  join(place: Place): Place | undefined;
  /** Who is served next. */
  first(): Place | undefined;
  /** Takes out who is served next. */
  shift(): Place | undefined;
  leave(place: Place): void;
}

/** @param heldBy the connections that a network holds, at this moment. */
export function createWaitingLine<Place extends InLine>(
  max: number,
  heldBy: (network: string) => number,
): WaitingLine<Place> {
  // Networks in the order in which they began to wait; none without a place.
  const lines = new Map<string, Place[]>();
  let size = 0;

  const fewestHeld = (): Place | undefined => {
    let first: Place | undefined;
    let fewest = Infinity;
    for (const [network, [place]] of lines) {
      const held = heldBy(network);
      if (held >= fewest) continue;
      fewest = held;
      first = place;
    }
    return first;
  };

  const leave = (place: Place): void => {
    const line = lines.get(place.network) ?? [];
    const at = line.indexOf(place);
    if (at < 0) return;
    line.splice(at, 1);
    size -= 1;
    if (line.length === 0) lines.delete(place.network);
  };

  /** The last one of the longest line, unless that of the newcomer is as long. */
  const displace = (newcomer: Place): Place => {
    let longest = lines.get(newcomer.network) ?? [];
    for (const line of lines.values()) if (line.length > longest.length + 1) longest = line;
    const last = longest[0]?.network === newcomer.network ? undefined : longest.at(-1);
    if (last !== undefined) leave(last);
    return last ?? newcomer;
  };

  return {
    size: () => size,
    join: (place) => {
      const gone = size < max ? undefined : displace(place);
      if (gone === place) return place;
      const line = lines.get(place.network);
      if (line === undefined) lines.set(place.network, [place]);
      else line.push(place);
      size += 1;
      return gone;
    },
    first: fewestHeld,
    shift: () => {
      const place = fewestHeld();
      if (place !== undefined) leave(place);
      return place;
    },
    leave,
  };
}

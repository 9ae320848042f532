/** A binary heap of records by expiry, the earliest on top. Holds each record once, by position. */

export interface Expiring {
  readonly expiresAt: number;
  /** Where the record stands in the queue; kept by the queue alone. */
  position: number;
}

export interface ExpiryQueue<T extends Expiring> {
  add(record: T): void;
  remove(record: T): void;
  /** The record that expires first. */
  first(): T | undefined;
}

/** Returns an empty queue; adding and removing cost O(log n). */
export function createExpiryQueue<T extends Expiring>(): ExpiryQueue<T> {
  const heap: T[] = [];

  function place(record: T, position: number): void {
    heap[position] = record;
    record.position = position;
  }

  function rise(record: T, from: number): void {
    let position = from;
    while (position > 0) {
      const above = (position - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.expiresAt <= record.expiresAt) break;
      place(parent, position);
      position = above;
    }
    place(record, position);
  }

  function sink(record: T, from: number): void {
    let position = from;
    for (;;) {
      const left = heap[2 * position + 1];
      const right = heap[2 * position + 2];
      const child =
        right !== undefined && left !== undefined && right.expiresAt < left.expiresAt
          ? right
          : left;
      if (child === undefined || child.expiresAt >= record.expiresAt) break;
      const below = child.position;
      place(child, position);
      position = below;
    }
    place(record, position);
  }

  return {
    add: (record) => rise(record, heap.length),
    remove(record) {
      const last = heap.pop();
      if (last === undefined || last === record) return;
      sink(last, record.position);
      rise(last, last.position);
    },
    first: () => heap[0],
  };
}

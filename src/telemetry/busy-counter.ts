/** A counter that is told at every request or handshake. */

import { Counter } from 'prom-client';
import type { LabelValues, Registry } from 'prom-client';

export interface BusyCounterOptions<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
  readonly registers: Registry[];
}

/** The series whose first labels are those that led here. */
export interface Series {
  /** @param label the value of the next label; of a closed list. */
  of(label: string): Series;
  /** Counts one more. Shown only where all labels led here. */
  inc(): void;
}

interface Shown<Label extends string> {
  readonly labels: LabelValues<Label>;
  readonly count: () => number;
}

/**
 * Returns what leads to all series, by their labels in the order of `labelNames`; one is shown from when it was first asked for. The library's own
 * counter puts the labels of each call together to one text.
 */
export function createBusyCounter<Label extends string>(
  options: BusyCounterOptions<Label>,
): Series {
  const { labelNames, registers } = options;
  const shown: Shown<Label>[] = [];

  const seriesOf = (path: readonly string[]): Series => {
    const further = new Map<string, Series>();
    let count = 0;
    if (path.length === labelNames.length) {
      shown.push({ labels: labelsOf(labelNames, path), count: () => count });
    }
    return {
      of: (label) => {
        const known = further.get(label);
        if (known !== undefined) return known;
        const series = seriesOf([...path, label]);
        further.set(label, series);
        return series;
      },
      inc: () => {
        count += 1;
      },
    };
  };

  new Counter({
    name: options.name,
    help: options.help,
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const { labels, count } of shown) this.inc(labels, count());
    },
  });
  return seriesOf([]);
}

function labelsOf<Label extends string>(
  names: readonly Label[],
  values: readonly string[],
): LabelValues<Label> {
  return Object.fromEntries(names.map((name, at) => [name, values[at]])) as LabelValues<Label>;
}

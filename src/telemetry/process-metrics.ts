/**
 * Metrics of the process and of Node, under the names that dashboards know. The library's own set
 * is not used: it leaves a timer and two observers behind that nothing can stop, lists every open
 * descriptor synchronously (10 ms at 6 000 connections), and ends gauges in `_total`.
 */

import { readFile, readdir, stat } from 'node:fs/promises';
import {
  PerformanceObserver,
  constants,
  monitorEventLoopDelay,
  performance,
} from 'node:perf_hooks';
import type { PerformanceNodeEntry } from 'node:perf_hooks';
import { getHeapSpaceStatistics } from 'node:v8';

import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

const LAG_RESOLUTION_MS = 20;
const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;

/** Registers the metrics; the function it returns stops all that measures in the background. */
export function registerProcessMetrics(registry: Registry): () => void {
  registerProcess(registry);
  registerMemory(registry);
  registerRuntime(registry);
  const stopLag = registerEventLoop(registry);
  const stopCollections = registerGarbageCollection(registry);
  return () => {
    stopLag();
    stopCollections();
  };
}

function registerProcess(registry: Registry): void {
  const registers = [registry];
  const cpuCounter = (name: string, help: string, parts: readonly ('user' | 'system')[]): void => {
    let counted = 0;
    new Counter({
      name,
      help,
      registers,
      collect() {
        const usage = process.cpuUsage();
        const spent = parts.reduce((sum, part) => sum + usage[part], 0) / MICROSECONDS;
        this.inc(Math.max(0, spent - counted));
        counted = Math.max(counted, spent);
      },
    });
  };
  cpuCounter('process_cpu_user_seconds_total', 'CPU time spent in user mode.', ['user']);
  cpuCounter('process_cpu_system_seconds_total', 'CPU time spent in the kernel.', ['system']);
  cpuCounter('process_cpu_seconds_total', 'CPU time spent in all.', ['user', 'system']);
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'Start of the process, in seconds since the epoch.',
    aggregator: 'min',
    registers,
  }).set(performance.timeOrigin / 1_000);
  fromSystem('process_open_fds', 'Open file descriptors; Linux only.', openDescriptors);
  fromSystem('process_max_fds', 'Most file descriptors; Linux only.', mostDescriptors);

  /** A gauge that has no sample where the system doesn't tell. */
  function fromSystem(name: string, help: string, read: () => Promise<number>): void {
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        const value = await read().catch(() => Number.NaN);
        if (Number.isFinite(value)) this.set(value);
        else this.remove();
      },
    });
  }
}

async function openDescriptors(): Promise<number> {
  // Since Linux 6.2 the size of the folder is the count; before, it is 0 and must be listed.
  const { size } = await stat('/proc/self/fd');
  return size > 0 ? size : (await readdir('/proc/self/fd')).length;
}

async function mostDescriptors(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8');
  return Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Number.NaN);
}

function registerMemory(registry: Registry): void {
  const registers = [registry];
  const memory = (name: string, help: string, part: keyof NodeJS.MemoryUsage): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(part === 'rss' ? process.memoryUsage.rss() : process.memoryUsage()[part]);
      },
    });
  };
  memory('process_resident_memory_bytes', 'Resident memory.', 'rss');
  memory('nodejs_heap_size_total_bytes', 'Size of the JavaScript heap.', 'heapTotal');
  memory('nodejs_heap_size_used_bytes', 'Used part of the JavaScript heap.', 'heapUsed');
  memory('nodejs_external_memory_bytes', 'Memory outside the heap, buffers included.', 'external');
  new Gauge({
    name: 'nodejs_heap_space_size_used_bytes',
    help: 'Used part of each space of the JavaScript heap.',
    labelNames: ['space'],
    registers,
    collect() {
      for (const { space_name: name, space_used_size: used } of getHeapSpaceStatistics()) {
        this.set({ space: name.replace(/_space$/, '') }, used);
      }
    },
  });
}

function registerRuntime(registry: Registry): void {
  const registers = [registry];
  const [major = '', minor = '', patch = ''] = process.versions.node.split('.');
  new Gauge({
    name: 'nodejs_version_info',
    help: 'Version of Node; always 1.',
    labelNames: ['version', 'major', 'minor', 'patch'],
    aggregator: 'first',
    registers,
  }).set({ version: process.version, major, minor, patch }, 1);
  new Gauge({
    name: 'nodejs_active_resources',
    help: 'Resources that keep the event loop alive, by the kind that Node gives them.',
    labelNames: ['type'],
    registers,
    collect() {
      this.reset();
      for (const type of process.getActiveResourcesInfo()) this.inc({ type });
    },
  });
}

function registerEventLoop(registry: Registry): () => void {
  const registers = [registry];
  const delay = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  delay.enable();
  const lag = (name: string, help: string, nanoseconds: () => number): void => {
    new Gauge({
      name,
      help: `${help} since the last scrape.`,
      aggregator: 'max',
      registers,
      collect() {
        // What is measured is the distance of two ticks of a timer; lag is what goes beyond it.
        const beyond = (nanoseconds() - LAG_RESOLUTION_MS * 1e6) / NANOSECONDS;
        this.set(delay.count > 0 ? Math.max(0, beyond) : 0);
      },
    });
  };
  lag('nodejs_eventloop_lag_mean_seconds', 'Mean event loop lag', () => delay.mean);
  lag('nodejs_eventloop_lag_p50_seconds', 'Median event loop lag', () => delay.percentile(50));
  lag('nodejs_eventloop_lag_p90_seconds', '90th percentile of lag', () => delay.percentile(90));
  lag('nodejs_eventloop_lag_p99_seconds', '99th percentile of lag', () => delay.percentile(99));
  lag('nodejs_eventloop_lag_max_seconds', 'Longest event loop lag', () => {
    const longest = delay.max;
    // Collected last: metrics are collected in the order in which they were made.
    delay.reset();
    return longest;
  });
  let before = performance.eventLoopUtilization();
  new Gauge({
    name: 'nodejs_eventloop_utilization_ratio',
    help: 'Part of the time since the last scrape in which the event loop was busy.',
    aggregator: 'max',
    registers,
    collect() {
      const now = performance.eventLoopUtilization();
      this.set(performance.eventLoopUtilization(now, before).utilization);
      before = now;
    },
  });
  return () => delay.disable();
}

const COLLECTION_KINDS: ReadonlyMap<unknown, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

function registerGarbageCollection(registry: Registry): () => void {
  const pauses = new Histogram({
    name: 'nodejs_gc_duration_seconds',
    help: 'Duration of garbage collections by kind.',
    labelNames: ['kind'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1],
    registers: [registry],
  });
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as PerformanceNodeEntry[]) {
      const kind = COLLECTION_KINDS.get(entry.detail.kind) ?? 'other';
      pauses.observe({ kind }, entry.duration / 1_000);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
}

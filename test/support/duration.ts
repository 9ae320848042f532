/** Spans of time as compose, Kubernetes and systemd write them. */

/** Milliseconds of `40s`, or of a bare number of seconds. */
export function parseDuration(text: string | number | undefined): number {
  const [, seconds] = /^(\d+)s?$/.exec(String(text)) ?? [];
  if (seconds === undefined) throw new Error(`not a number of seconds: ${text}`);
  return Number(seconds) * 1_000;
}

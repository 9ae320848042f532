/** Numbers and times as people read them. */

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** `3 d 4 h`, `12 min`, `0 s`: the two largest units, the second only below a week. */
export function span(ms: number): string {
  const at = UNITS.findIndex(([, unit]) => ms >= unit);
  const first = UNITS[at];
  if (first === undefined) return '0 s';
  const [name, unit] = first;
  const whole = Math.floor(ms / unit);
  const second = UNITS[at + 1];
  const rest = second === undefined ? 0 : Math.floor((ms % unit) / second[1]);
  return second === undefined || rest === 0 || whole >= 7 || name === 's'
    ? `${whole} ${name}`
    : `${whole} ${name} ${rest} ${second[0]}`;
}

/** `12 min ago`, or `never`. */
export function ago(at: number | undefined, now: number): string {
  if (at === undefined) return 'never';
  return now - at < 1_000 ? 'just now' : `${span(now - at)} ago`;
}

/** `2026-03-01 12:30 UTC`. */
export function instant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

export function percent(part: number, whole: number): string {
  if (whole === 0) return '–';
  const share = (100 * part) / whole;
  return `${share > 0 && share < 10 ? share.toFixed(1) : Math.round(share)} %`;
}

/** With thin spaces between thousands. */
export function count(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, '\u2009');
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

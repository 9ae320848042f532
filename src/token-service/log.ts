/** The sink of this room: what happened, as text for the log with bounded fields. */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export type Log = (
  level: LogLevel,
  text: string,
  fields?: Readonly<Record<string, string | number | boolean>>,
) => void;

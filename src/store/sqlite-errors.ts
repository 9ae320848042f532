/** What a failure of SQLite says of the connection and of the disk. */

/** https://www.sqlite.org/rescode.html; an extended code has the primary one in its low octet. */
const BUSY = 5;
const LOCKED = 6;
const FULL = 13;
/** What a quota is told as. */
const IOERR_WRITE = 778;
/** The index of the log could not grow. */
const IOERR_SHMSIZE = 4_874;

/** Whether the disk may have had no room for it. */
export function lacksRoom(error: unknown): boolean {
  const code = codeOf(error);
  return primary(code) === FULL || code === IOERR_WRITE || code === IOERR_SHMSIZE;
}

/** Whether another process was at work. */
export function isBusy(error: unknown): boolean {
  const code = primary(codeOf(error));
  return code === BUSY || code === LOCKED;
}

function primary(code: number): number {
  return code % 256;
}

function codeOf(error: unknown): number {
  const code = (error as { readonly errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code : -1;
}

/** Answers of HTTP/1.1 as a gateway under load gives them: one at a time, of a body in ASCII. */

export interface ReadAnswer {
  readonly status: number;
  readonly text: string;
  /** Whether the server ends the connection behind it. */
  readonly isLast: boolean;
}

const HEAD_END = '\r\n\r\n';
const LAST_CHUNK = '0\r\n\r\n';

/** Returns undefined while it is not whole. @throws Error for one whose end can't be known. */
export function readAnswer(received: string): ReadAnswer | undefined {
  const end = received.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const head = received.slice(0, end).toLowerCase();
  const body = received.slice(end + HEAD_END.length);
  const text = readBody(head, body);
  if (text === undefined) return undefined;
  const isLast = /\r\nconnection: *close/.test(head);
  return { status: Number(head.slice(9, 12)), text, isLast };
}

function readBody(head: string, body: string): string | undefined {
  const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
  if (length !== undefined) return body.length < Number(length) ? undefined : body;
  if (!/\r\ntransfer-encoding: *chunked/.test(head)) throw new Error(`no length: ${head}`);
  return body.endsWith(LAST_CHUNK) ? joinChunks(body) : undefined;
}

function joinChunks(body: string): string {
  let text = '';
  for (let at = 0; ;) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.slice(at, lineEnd), 16);
    if (size === 0) return text;
    const begin = lineEnd + 2;
    text += body.slice(begin, begin + size);
    at = begin + size + 2;
  }
}

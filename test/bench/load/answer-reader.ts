/** Finds the end of an answer: by its Content-Length, or behind its last chunk. */

export interface AnswerReader {
  /** Returns whether the answer is complete. */
  take(chunk: Buffer): boolean;
  status(): number;
  head(): string;
}

const HEAD_END = '\r\n\r\n';
/** Bodies in the benchmark do not hold it elsewhere. */
const CHUNKS_END = Buffer.from('0\r\n\r\n');

/** Reads one answer; made anew for the next. @throws Error for one whose end can't be known. */
export function createAnswerReader(): AnswerReader {
  let head = '';
  let isHeadThere = false;
  let missing = 0;
  let isChunked = false;
  let tail = Buffer.alloc(0);

  function takeHead(chunk: Buffer): Buffer | undefined {
    const before = head.length;
    head += chunk.toString('latin1');
    const end = head.indexOf(HEAD_END);
    if (end < 0) return undefined;
    const bodyStart = end + HEAD_END.length - before;
    head = head.slice(0, end);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    isChunked = /\r\ntransfer-encoding: *chunked/i.test(head);
    if (length === undefined && !isChunked) throw new Error(`no length: ${head.slice(0, 300)}`);
    missing = Number(length ?? 0);
    isHeadThere = true;
    return chunk.subarray(bodyStart);
  }

  return {
    take(chunk) {
      const body = isHeadThere ? chunk : takeHead(chunk);
      if (body === undefined) return false;
      if (!isChunked) return (missing -= body.length) <= 0;
      tail = Buffer.concat([tail, body]).subarray(-CHUNKS_END.length);
      return tail.equals(CHUNKS_END);
    },
    status: () => Number(head.slice(9, 12)),
    head: () => head,
  };
}

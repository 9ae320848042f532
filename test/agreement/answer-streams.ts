/** Streams of answers: mostly well formed, with every shape that clients have read differently. */

import { ENDS, framed } from './framed-bodies.ts';
import { damaged, mostly, oneOf } from './octets.ts';
import type { Random } from './octets.ts';
import { someFields } from './odd-fields.ts';

/** Behind each stream: where the end of an answer is seen elsewhere, this becomes part of it. */
const LAST_ANSWER = 'HTTP/1.1 200 Last\r\nContent-Length: 4\r\n\r\nlast';

/** One to three answers behind each other, every second stream damaged. */
export function answerStream(random: Random): string {
  let stream = '';
  for (let count = 1 + random(3); count > 0; count -= 1) stream += answer(random);
  if (random(2) === 0) stream = damaged(stream, random);
  return random(16) === 0 ? stream.slice(0, random(stream.length + 1)) : stream + LAST_ANSWER;
}

const INFORMATIONAL = [
  'HTTP/1.1 100 Continue\r\n\r\n|HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n|HTTP/1.0 100 \r\n\r\n',
  'HTTP/1.1 102 \r\nContent-Length: 5\r\n\r\n|HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n',
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n|HTTP/1.1 199 \r\n\r\n',
  'HTTP/1.1 100 \r\nConnection: close\r\n\r\n|HTTP/1.1 100 \r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
].join('|');

function answer(random: Random): string {
  const before = mostly(random, '', 12, '\r\n|\n|\r| |\0|X');
  const informational = mostly(random, '', 2, INFORMATIONAL);
  const { fields, body } = framed(random);
  const lines = [statusLine(random), ...fields, ...someFields(random)];
  const end = mostly(random, '\r\n', 20, ENDS);
  return `${before}${informational}${lines.join(end)}${end}${mostly(random, '\r\n', 20, ENDS)}${body}`;
}

const VERSIONS = [
  'HTTP/0.9|HTTP/2.0|HTTP/1.2|HTTP/11|http/1.1|HTTP /1.1|HTTP/1.1\t|RTSP/1.0|ICY|HTTP/1.10|HTTP/1',
  'HTTPS/1.1||HTTP/1.0|ICE/1.0',
].join('|');

const STATUSES = '099|000|20|2000|+200|600|999|2 00|20x||200\0|205|199|0200|304\t|1|200:';

const REASONS = ' \x80\xff| \0| \x7f|OK|\tOK| a\rb| a\nb|  | \x01|: x|\v| \t| \x1b';

function statusLine(random: Random): string {
  const version = mostly(random, oneOf(random, ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0']), 12, VERSIONS);
  const statuses = ['200', '200', '404', '204', '304', '500'] as const;
  const status = mostly(random, oneOf(random, statuses), 12, STATUSES);
  const reason = mostly(random, oneOf(random, [' OK', ' ', '', ' Not Found']), 12, REASONS);
  return `${version}${mostly(random, ' ', 30, '  |\t||\r\n')}${status}${reason}`;
}

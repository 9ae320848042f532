/** Streams of requests: mostly well formed, with every shape that servers have read differently. */

import { ENDS, framed } from './framed-bodies.ts';
import { damaged, mostly, oneOf } from './octets.ts';
import type { Random } from './octets.ts';
import { someFields } from './odd-fields.ts';

/** Behind each stream: where the end of a message is seen elsewhere, this becomes part of it. */
const LAST_REQUEST = 'GET /last HTTP/1.1\r\nHost: last\r\n\r\n';

/** One to four requests behind each other, every second stream damaged. */
export function requestStream(random: Random): string {
  let stream = '';
  for (let count = 1 + random(4); count > 0; count -= 1) stream += request(random);
  if (random(2) === 0) stream = damaged(stream, random);
  return random(16) === 0 ? stream.slice(0, random(stream.length + 1)) : stream + LAST_REQUEST;
}

function request(random: Random): string {
  const before = mostly(random, '', 12, '\r\n|\r\n\r\n|\n|\r| |\0|\t\r\n|X|\r\n |\xef\xbb\xbf');
  const { fields, body } = framed(random);
  const host = mostly(random, 'Host: a', 24, 'Host: A:443|host:a|Host: a, b|X: y|%\r\n%|Host:');
  const lines = [
    requestLine(random),
    ...shuffled([host, ...fields, ...someFields(random)], random),
  ];
  const end = mostly(random, '\r\n', 20, ENDS);
  return `${before}${lines.join(end)}${end}${mostly(random, '\r\n', 20, ENDS)}${body}`;
}

const METHODS = [
  'OPTIONS|DELETE|PATCH|TRACE|CONNECT|PRI|SOURCE|M-SEARCH|QUERY|get|GETX|GE|HTTP/1.1|P\0ST|G\xc9T|PO ST',
  '|POST\t|"GET"|DESCRIBE|Get|PROPFIND|GET\r\n|G:T|PURGE|LINK|BIND|A|gET|ANNOUNCE|FLUSH|SETUP',
].join('|');

const TARGETS = [
  'https://a/x|https://a|HTTPS://A/?q|http://a/|https://b/|a:443|*|//a||a|/a b|/a\tb|/\0|/\x7f|/\xe9',
  '/a#b|/?a?b|/%|/%00|?x|:|https://u@a/|https://a@b/|/"|/<>|/\\|/;x|#|/a\r\n|/\x01|https:/a|https://a?q',
  `/\v|https://[::1]/|a://b|https://a:443/|/${'a'.repeat(300)}|/${'b'.repeat(17_000)}`,
].join('|');

const VERSIONS = [
  'HTTP/1.0|HTTP/1.0|HTTP/0.9|HTTP/2.0|HTTP/1.2|HTTP/1.10|HTTP/11|HTTP/1,1|http/1.1|HTTP/01.1|HTTP/1.1 ',
  'HTTP /1.1|HTTP/1. 1|HTTPS/1.1|RTSP/1.0|ICE/1.0||HTTP/1.1\t|HTTP/1.1\0|HTTP/1|HTTP|HTTP/3.0|HTTP/1.1 x',
].join('|');

const SPACES = '  |\t||\v| \t|\xa0|\r\n|\0|\f';

function requestLine(random: Random): string {
  const method = mostly(random, oneOf(random, ['GET', 'POST', 'POST', 'PUT', 'HEAD']), 10, METHODS);
  const paths = ['/', '/a', '/a/b?c=d', '/oauth2/token'] as const;
  const target = mostly(random, oneOf(random, paths), 8, TARGETS);
  const version = mostly(random, 'HTTP/1.1', 10, VERSIONS);
  const space = (): string => mostly(random, ' ', 30, SPACES);
  return `${method}${space()}${target}${space()}${version}`;
}

/** The first line changes places with any. */
function shuffled(lines: readonly string[], random: Random): readonly string[] {
  const at = random(lines.length);
  return [
    lines[at] ?? '',
    ...lines.slice(1, at),
    ...(at > 0 ? [lines[0] ?? ''] : []),
    ...lines.slice(at + 1),
  ];
}

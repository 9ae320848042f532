/** What a registered redirect_uri may be spoiled into, by the tricks that parsers have fallen for. */

const EVIL = 'evil.test';

/** Characters, raw and encoded once or twice, at which parsers disagree where a host ends. */
const SEPARATORS = [
  ['@', ':', '#', '?', '/', '\\', ';', '&', '.', ',', '!', '$', "'", '(', '*', '+', '=', '^'],
  ['_', '`', '{', '|', '}', '~', '[', '%', '-', '"', '<', '>'],
  ['%40', '%2540', '%23', '%3f', '%2f', '%252f', '%5c', '%255c', '%2e', '%3a', '%00', '%0a'],
  ['%0d', '%09', '%20', '%ff', '#@', '?@', '/@', '\\@', ':@', ':80@', ':443@', '%00@', '&@'],
  ['\u3002', '\uFF0E', '\uFF61', '\uFF0F', '\uFF1F', '\uFF03', '\uFF20', '\u2048', '\u2215'],
].flat();

/** Blanks, controls, marks that nobody sees, and letters that lower case makes another of. */
const INVISIBLE = [
  [' ', '\t', '\n', '\r', '\r\n', '\v', '\f', '\0', '\x01', '\x1b', '\x7f', '\x85', '\xA0'],
  ['\u00AD', '\u034F', '\u200B', '\u200D', '\u200E', '\u202E', '\u2028', '\u2060', '\uFEFF'],
].flat();

/** Letters that look like those of the host, or that normalization makes the same. */
const LOOKALIKES: Readonly<Record<string, readonly string[]>> = {
  a: ['\u0430', '\uFF41', '\u{1D41A}', '\u24D0', '\u00AA', '\u00E1', 'a\u0301', '%61', '%C0%E1'],
  p: ['\u0440', '\uFF50', '\u{1D429}', '\u24DF', '\u03C1', '\u1E55', '%70'],
  t: ['\u0442', '\uFF54', '\u{1D42D}', '\u24E3', '\u03C4', '\u0165', '%74'],
  e: ['\u0435', '\uFF45', '\u{1D41E}', '\u24D4', '\u00E9', '%65'],
  s: ['\u0455', '\uFF53', '\u{1D42C}', '\u24E2', '\u017F', '\u00DF', '%73'],
};

const DOT_SEGMENTS = [
  '.',
  '..',
  '%2e',
  '%2E',
  '%2e%2e',
  '.%2e',
  '%2e.',
  '%252e%252e',
  '..;',
  '...',
];

const SCHEMES = [
  ['http://', 'HTTPS://', 'Https://', 'https:', 'https:/', 'https:///', 'https:////'],
  ['https:\\\\', 'https:/\\', 'https:\\/', '//', '///', '\\\\', '/', '', '://', ':', 'https'],
  ['https//', 'https ://', 'https%3a//', 'https:%2f%2f', 'hhttps://', 'ttps://', 'httpss://'],
  ['ws://', 'wss://', 'ftp://', 'file://', 'blob:https://', 'view-source:https://', 'urn:'],
  ['javascript:', 'javascript://', 'data:text/html,', 'vbscript:', 'about:', 'mailto:'],
  ['intent://', 'com.example.app:/', 'http+https://', 'https;//', 'x-https://', 'jar:https://'],
].flat();

const PORTS = [
  ['', '0', '80', '443', '0443', '00443', '8443', '65535', '65536', '443443', '-1', '+443', ' 443'],
  ['443 ', '4%343', '443x', 'x', '1e3', '0x1bb', '443:443'],
].flat();

const ADDRESSES = [
  ['localhost', '127.0.0.1', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '0', '[::1]'],
  ['[::]', '[::ffff:127.0.0.1]', '127.0.0.1.nip.io', '169.254.169.254', '\u2460.0.0.1', '*', '%'],
].flat();

const QUERIES = [
  ['?', '?x', '?x=1', '?code=1', '?state=1', `?next=//${EVIL}`, `?@${EVIL}`, '??', '?#', '&x=1'],
  ['#', '#x', '##', `#@${EVIL}`, `#//${EVIL}`, '#?x=1', '#code=1', ';', ';x', ';x=1', `;@${EVIL}`],
  ['%3f', '%3fx=1', '%23', '%23x', '%26x=1', '%3bx', ',x', '!', '$', '*', '=', '|', '~', "'", '"'],
].flat();

/** Returns URIs that a careless comparison takes for the registered one, which has a path. */
export function spoiledRedirects(registered: string): readonly string[] {
  const { host, pathname, origin } = new URL(registered);
  const at = (authority: string): string => `https://${authority}${pathname}`;
  const path = (spoiled: string): string => `${origin}${spoiled}`;
  const ends = [0, 'https:'.length, 'https://'.length, origin.length, registered.length];

  const spoiled = new Set<string>(
    [
      ...[EVIL, `${EVIL}${host}`, `${host}${EVIL}`, `x.${host}`, `${host}.`, `.${host}`].map(at),
      ...SEPARATORS.flatMap((sep) => [at(`${EVIL}${sep}${host}`), at(`${host}${sep}${EVIL}`)]),
      ...['u@', 'u:p@', '@', ':@', `${host}@`, '@@', '%40@'].map((user) => at(`${user}${host}`)),
      ...PORTS.map((port) => at(`${host}:${port}`)),
      ...ADDRESSES.map(at),
      ...[`[${host}]`, `(${host})`, `xn--${host}`, `${host}%2f`, `${host}\\`, `${host}/`].map(at),
      ...host
        .split('')
        .flatMap((letter, index) =>
          (LOOKALIKES[letter] ?? []).map((other) => at(replaceAt(host, index, other))),
        ),
      ...SCHEMES.map((scheme) => `${scheme}${host}${pathname}`),
      ...INVISIBLE.flatMap((mark) => ends.map((end) => insertAt(registered, end, mark))),
      ...DOT_SEGMENTS.flatMap((dots) => [
        path(`/${dots}${pathname}`),
        path(`/x/${dots}${pathname}`),
        path(`${pathname}/${dots}`),
        path(`${pathname}/${dots}/${EVIL}`),
      ]),
      ...[
        '',
        '/',
        `${pathname}/`,
        `/${pathname}`,
        `\\${pathname.slice(1)}`,
        `${pathname}//${EVIL}`,
      ].map(path),
      ...['k', '1', '.html', '%2f', '%5c', '%00', '%20', '%0d%0aset-cookie:a=b', `\\${EVIL}`].map(
        (suffix) => path(pathname + suffix),
      ),
      ...QUERIES.map((query) => registered + query),
      // One character missing, doubled, in the other case, encoded, encoded twice.
      ...registered
        .split('')
        .flatMap((character, index) => [
          replaceAt(registered, index, ''),
          replaceAt(registered, index, character + character),
          replaceAt(registered, index, character.toUpperCase()),
          replaceAt(registered, index, encoded(character)),
          replaceAt(registered, index, encoded(character).replace('%', '%25')),
        ]),
      [registered.toUpperCase(), encodeURIComponent(registered), encodeURI(`${registered}%`)],
      [`${EVIL}/${registered}`, `https://${EVIL}/${registered}`, `https://${EVIL}/?${registered}`],
      [`https://${EVIL}/#${registered}`, `https://${EVIL}\\${registered}`, `"${registered}"`],
      [`${registered},https://${EVIL}`, `${registered} https://${EVIL}`, `<${registered}>`],
      [`["${registered}"]`, `${registered}|https://${EVIL}`, registered + registered],
      ['*', 'https://*', `https://*.${host}${pathname}`, 'null', 'undefined', '0', '', ' '],
    ].flat(),
  );
  spoiled.delete(registered);
  return [...spoiled];
}

function replaceAt(text: string, index: number, replacement: string): string {
  return text.slice(0, index) + replacement + text.slice(index + 1);
}

function insertAt(text: string, index: number, inserted: string): string {
  return text.slice(0, index) + inserted + text.slice(index);
}

function encoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

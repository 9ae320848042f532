import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ConfigError } from '../../src/errors.ts';
import { readAuthenticatorsFile } from '../../src/import/authenticators-file.ts';
import { elementsBelow, readXml } from '../../src/import/xml-elements.ts';

const read = (text: string) => readXml(text, 'authenticators.xml');

test('reads elements with their attributes, text and lines', () => {
  const root = read(
    '\uFEFF<?xml version="1.0"?>\r\n<!-- <a> -->\n<x:root xmlns:x="urn:x">\n  <b\n    c="1 &lt; 2"/>\n' +
      '<d> one <e/> <![CDATA[<two>]]> &#x33; </d>\n</x:root>\n',
  );
  assert.deepEqual(
    elementsBelow(root).map(({ name, text, line }) => [name, text, line]),
    [
      ['root', '', 3],
      ['b', '', 4],
      ['d', 'one  <two> 3', 6],
      ['e', '', 6],
    ],
  );
  assert.equal(root.children[0]?.attributes['c'], '1 < 2');
});

const BILLION_LAUGHS = `<?xml version="1.0"?>
<!DOCTYPE lolz [
 <!ENTITY lol "lol">
 <!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">
 <!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;">
]>
<Authenticators>&lol3;</Authenticators>`;

const refused: readonly (readonly [title: string, text: string, problem: RegExp])[] = [
  [
    'an external entity',
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<a>&x;</a>',
    /^authenticators\.xml:1:\d+ has a document type, which is refused/,
  ],
  [
    'an external document type',
    '<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd">\n<a/>',
    /^authenticators\.xml:1:\d+ has a document type/,
  ],
  ['entities of entities', BILLION_LAUGHS, /^authenticators\.xml:6:\d+ has a document type/],
  ['a document type without an end', '<!DOCTYPE a [\n', /^authenticators\.xml:\d+:\d+ /],
  ['a document type behind the root', '<a/>\n<!DOCTYPE a>', /^authenticators\.xml:2:\d+ /],
  ['an entity of HTML', '<a>\n&nbsp;</a>', /^authenticators\.xml:2:\d+ not valid XML: /],
  ['an unknown entity', '<a b="&c;"/>', /^authenticators\.xml:1:\d+ not valid XML: /],
  ['elements that cross', '<a>\n<b></a></b>', /^authenticators\.xml:2:\d+ not valid XML: /],
  ['an element without an end', '<a>\n<b>', /^authenticators\.xml:2:\d+ not valid XML: /],
  ['two roots', '<a/>\n<b/>', /^authenticators\.xml:2:\d+ not valid XML: /],
  ['an attribute without quotes', '<a b=c/>', /^authenticators\.xml:1:\d+ not valid XML: /],
  ['text alone', 'a', /^authenticators\.xml:1:\d+ not valid XML: /],
  ['a comment alone', '<!-- a -->', /^authenticators\.xml:1:\d+ /],
  ['a hundred megabytes of depth', '<a>'.repeat(35_000_000), /:1:\d+ nested too deeply$/],
  ['a million elements', `<a>${'<b/>'.repeat(1_000_000)}</a>`, /:1:\d+ more than 10000 elements$/],
];

for (const [title, text, problem] of refused) {
  test(`refuses ${title} and says where`, () => {
    assert.throws(
      () => read(text),
      (error) => error instanceof ConfigError && problem.test(error.publicText),
    );
  });
}

test('refuses another file of WSO2 by its root', () => {
  assert.throws(
    () => readAuthenticatorsFile({ name: 'catalina-server.xml', text: '\n<Server/>' }),
    (error) =>
      error instanceof ConfigError &&
      error.publicText === 'catalina-server.xml:2:1 expected <Authenticators>, found <Server>',
  );
});

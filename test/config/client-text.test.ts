import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { parse } from 'yaml';

import { addClientText } from '../../src/config/client-text.ts';

const CLIENT = { fields: { client_id: 'new', certificates: ['certs/new.pem'] } };
const BLOCK = ['- client_id: new', '  certificates: [certs/new.pem]'];
const FLOW = '{"client_id": "new", "certificates": ["certs/new.pem"]}';

/** The inserted text stands for itself in the second of each pair. */
const cases: readonly (readonly [title: string, before: string, after: string])[] = [
  [
    'a list between other keys',
    'a: 1 # one\nclients:\n  # first\n  - client_id: x\n    y: [z]   # last\n\n# store\nstore: 1\n',
    `a: 1 # one\nclients:\n  # first\n  - client_id: x\n    y: [z]   # last\n  ${BLOCK[0]}\n  ${BLOCK[1]}\n\n# store\nstore: 1\n`,
  ],
  [
    'a list whose dashes are not indented, at the end of a file without a line break',
    'clients:\n- client_id: x\n  y: z',
    `clients:\n- client_id: x\n  y: z\n${BLOCK.join('\n')}`,
  ],
  [
    'a list with comments that belong to its last client',
    'clients:\n  - client_id: x\n    # of x\n     # of x, too\n  # of the list\nb: 1\n',
    `clients:\n  - client_id: x\n    # of x\n     # of x, too\n  ${BLOCK[0]}\n  ${BLOCK[1]}\n  # of the list\nb: 1\n`,
  ],
  [
    'a list whose last client is in braces',
    'clients:\n  - {client_id: x} # x\n\nb: 1\n',
    `clients:\n  - {client_id: x} # x\n  ${BLOCK[0]}\n  ${BLOCK[1]}\n\nb: 1\n`,
  ],
  [
    'a list that ends in a block of text',
    'clients:\n  - client_id: x\n    certificates:\n      - |\n        -----BEGIN\n\n\nb: 1\n',
    `clients:\n  - client_id: x\n    certificates:\n      - |\n        -----BEGIN\n  ${BLOCK[0]}\n  ${BLOCK[1]}\n\n\nb: 1\n`,
  ],
  [
    'a list that ends in a block of text with its empty lines',
    'clients:\n  - client_id: |+\n      x\n\nb: 1\n',
    `clients:\n  - client_id: |+\n      x\n\n  ${BLOCK[0]}\n  ${BLOCK[1]}\nb: 1\n`,
  ],
  [
    'line endings of Windows',
    'clients:\r\n  - client_id: x\r\nb: 1\r\n',
    `clients:\r\n  - client_id: x\r\n  ${BLOCK[0]}\r\n  ${BLOCK[1]}\r\nb: 1\r\n`,
  ],
  [
    'an empty list in brackets',
    'clients: [ ] # none\nb: 1\n',
    `clients: [${FLOW} ] # none\nb: 1\n`,
  ],
  [
    'a list in brackets with a comma at its end',
    'clients: [\n  {client_id: x}, # x\n]\n',
    `clients: [\n  {client_id: x}, ${FLOW}, # x\n]\n`,
  ],
  [
    'a file without clients',
    'a: 1\n# end\n',
    `a: 1\n# end\n\nclients:\n  ${BLOCK[0]}\n  ${BLOCK[1]}\n`,
  ],
  [
    'a file without clients and without a line break at its end',
    'a: 1',
    `a: 1\n\nclients:\n  ${BLOCK[0]}\n  ${BLOCK[1]}`,
  ],
  [
    'a file that ends with a marker',
    '---\na: 1\n...\n',
    `---\na: 1\n\nclients:\n  ${BLOCK[0]}\n  ${BLOCK[1]}\n...\n`,
  ],
  ['a file of JSON', '{"a": 1,\n "clients": []}\n', `{"a": 1,\n "clients": [${FLOW}]}\n`],
  ['a file of JSON without clients', '{"a": 1}', `{"a": 1, "clients": [${FLOW}]}`],
  [
    'a byte order mark',
    '\ufeffclients:\n  - client_id: x\n',
    `\ufeffclients:\n  - client_id: x\n  ${BLOCK[0]}\n  ${BLOCK[1]}\n`,
  ],
  [
    'a list with an anchor',
    'clients: &c\n  -\n    client_id: x\nb: *c\n',
    `clients: &c\n  -\n    client_id: x\n  ${BLOCK[0]}\n  ${BLOCK[1]}\nb: *c\n`,
  ],
];

for (const [title, before, after] of cases) {
  test(`adds a client to ${title}`, () => {
    assert.equal(addClientText(before, CLIENT), after);
    const clients = (parse(after) as { clients: unknown[] }).clients;
    assert.deepEqual(clients.at(-1), CLIENT.fields);
  });
}

test('adds a client to config.yaml without touching another byte', async () => {
  const text = await readFile(new URL('../../config.yaml', import.meta.url), 'utf8');
  const added = addClientText(text, CLIENT);
  const lines = added.split('\n');
  const start = lines.indexOf('  - client_id: new');
  assert.deepEqual(lines.toSpliced(start, 2), text.split('\n'));
  assert.match(lines[start - 1] ?? '', /grant_types/);
});

test('writes values so that they are read back as the same texts', () => {
  const values = [
    'plain-id_1.2/x',
    '123',
    '0x1F',
    '1e3',
    'true',
    'null',
    '~',
    '',
    ' padded ',
    'a: b',
    'a #b',
    '- a',
    "it's",
    '"quoted"',
    'back\\slash',
    '[a, b]',
    '{a}',
    '*alias',
    '&anchor',
    '!tag',
    '%directive',
    '@at',
    'CN=a\\,b,O=Zoë',
    'https://a.example/jwks?x=1#y',
    '---',
    '...',
  ];
  for (const before of ['a: 1\n', '{"a": 1}', 'clients: []\n']) {
    for (const value of values) {
      const text = addClientText(before, { fields: { client_id: value, certificates: [value] } });
      const { clients } = parse(text) as { clients: unknown[] };
      assert.deepEqual(clients, [{ client_id: value, certificates: [value] }], text);
    }
  }
});

test('a value never becomes an environment reference', () => {
  const text = addClientText('a: 1\n', { fields: { client_id: '${HOME}' } });
  assert.match(text, /client_id: "\$\$\{HOME\}"\n$/);
});

test('refuses a list that it can not add to without changing it', () => {
  for (const [text, message] of [
    ['x: &c []\nclients: *c\n', /"clients" is not written out as a list/],
    ['clients:\n', /"clients" is not written out as a list/],
    ['clients: !!set {a}\n', /"clients" is not written out as a list/],
    ['- a\n', /not a mapping/],
    ['', /not a mapping/],
  ] as const) {
    assert.throws(() => addClientText(text, CLIENT), { name: 'UsageError', message }, text);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { load, MINIMAL, problemsOf } from './configuration-text.ts';
import { configurationFolder, EMBEDDED, LISTENER, UPSTREAM } from './configuration-folder.ts';

test('routes are paths or prefixes in their plain spelling', () => {
  const paths = ['/', '/*', '/a', '/a/*', '/a.b/c-d_e~f/*', '/A/b:c@d', '/.well-known/x'];
  const { config } = load(`${MINIMAL}routes: [${paths.map((path) => `{path: '${path}'}`).join()}]`);
  assert.deepEqual(
    config.routes.map(({ path }) => path),
    paths,
  );
});

test('a path that can be read in more than one way is refused at its place', () => {
  for (const path of [
    '',
    'a',
    '/a/',
    '//a',
    '/a//b',
    '/a/./b',
    '/a/../b',
    '/a/..',
    '/a./b',
    '/a%20b',
    '/a;b',
    '/a\\b',
    '/a?b',
    '/a#b',
    '/a b',
    '/a*',
    '/*/b',
    '/a/*/*',
    '/ü',
  ]) {
    const [problem = '', ...others] = problemsOf(`${MINIMAL}routes:\n  - path: '${path}'\n`);
    assert.match(problem, /^config\.yaml:9:5 routes\[0\]\.path: expected a path such as/, path);
    assert.deepEqual(others, []);
  }
});

test('an unknown policy is refused', () => {
  const [problem] = problemsOf(`${MINIMAL}routes:\n  - {path: /a, client_certificate: must}\n`);
  assert.match(problem ?? '', /routes\[0\]\.client_certificate: expected one of/);
});

test('two routes for one path are refused, in whatever case', async (t) => {
  const folder = await configurationFolder(t);
  const routes = `routes:
  - path: /a/*
  - path: /a
  - path: /a/*
  - path: /A
`;
  const problems = await folder.problemsOf(LISTENER + EMBEDDED + routes);
  assert.equal(problems.length, 2);
  assert.match(problems[0] ?? '', /:\d+:5 routes\[2\]\.path: \/a\/\* is another route already$/);
  assert.match(problems[1] ?? '', /routes\[3\]\.path: \/A differs from \/a in case only/);
});

test('an upgrade that no request could get is refused', async (t) => {
  const folder = await configurationFolder(t);
  const routes = 'routes: [{path: /ws/*, upgrade: true}, {path: /oauth2/token, upgrade: true}]\n';
  const embedded = await folder.problemsOf(LISTENER + EMBEDDED + routes);
  assert.equal(embedded.length, 2);
  assert.match(embedded[0] ?? '', /routes\[0\]\.upgrade: the embedded token service takes no/);
  const foreign = await folder.problemsOf(LISTENER + UPSTREAM + routes);
  assert.equal(foreign.length, 1);
  assert.match(foreign[0] ?? '', /routes\[1\]\.upgrade: \/oauth2\/token is an OAuth endpoint$/);
});

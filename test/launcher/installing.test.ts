import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { projectFolder, THIS_NODE, tooOld } from './project-folder.ts';
import type { Project, ProjectOptions } from './project-folder.ts';

/** Writes down how it was called, chatters, and installs what NPM_INSTALLS names. */
const FAKE_NPM = `
import { mkdirSync, writeFileSync } from 'node:fs';
console.log('npm chatter');
console.error('npm warning');
writeFileSync('npm-was-called', JSON.stringify([process.argv.slice(2), process.env.npm_config_x]));
for (const [name, version] of Object.entries(JSON.parse(process.env.NPM_INSTALLS ?? '{}'))) {
  mkdirSync('node_modules/' + name, { recursive: true });
  writeFileSync('node_modules/' + name + '/package.json', JSON.stringify({ name, version }));
}
process.exitCode = Number(process.env.NPM_EXIT_CODE ?? 0);
`;

interface NpmOptions {
  readonly installs?: Readonly<Record<string, string>>;
  readonly exitCode?: number;
}

async function projectWithNpm(t: TestContext, options: ProjectOptions = {}) {
  const project = await projectFolder(t, options);
  await project.write('npm/npm-cli.js', FAKE_NPM);
  await project.write('npm/package.json', '{"type": "module"}');
  await project.write('script.mjs', "console.log('ran');");
  await project.write('src/main.ts', "console.log('ran');");
  const launch = (file: string, { installs = {}, exitCode = 0 }: NpmOptions = {}) =>
    project.run([file, ...(file === 'launch.mjs' ? ['script.mjs'] : [])], {
      env: {
        npm_execpath: join(project.path, 'npm/npm-cli.js'),
        npm_config_x: 'kept',
        NPM_INSTALLS: JSON.stringify(installs),
        NPM_EXIT_CODE: String(exitCode),
      },
    });
  return { project, launch };
}

async function npmCall(project: Project): Promise<unknown> {
  try {
    return JSON.parse(await readFile(join(project.path, 'npm-was-called'), 'utf8'));
  } catch {
    return undefined;
  }
}

const remove = (project: Project, name: string) =>
  rm(join(project.path, 'node_modules', name), { recursive: true });

test('installs nothing where every pinned package is there', async (t) => {
  const { project, launch } = await projectWithNpm(t);
  assert.deepEqual(await launch('launch.mjs'), { code: 0, stdout: 'ran\n', stderr: '' });
  assert.equal(await npmCall(project), undefined);
});

test('installs a missing package with one line on standard error', async (t) => {
  const { project, launch } = await projectWithNpm(t);
  await remove(project, 'plain');
  assert.deepEqual(await launch('certbound.mjs', { installs: { plain: '1.2.3' } }), {
    code: 0,
    stdout: 'ran\n',
    stderr: 'installing dependencies ...\n',
  });
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  assert.deepEqual(await npmCall(project), [args, 'kept']);
});

test('replaces a package of another version than the pinned one', async (t) => {
  const { project, launch } = await projectWithNpm(t);
  await project.install('alias', '4.5.5');
  const { code, stderr } = await launch('certbound.mjs', { installs: { alias: '4.5.6' } });
  assert.equal(code, 0);
  assert.equal(stderr, 'installing dependencies ...\n');
});

test('wants development packages for the launcher itself, not for the program', async (t) => {
  const { project, launch } = await projectWithNpm(t);
  await remove(project, 'tool');
  assert.equal((await launch('certbound.mjs')).code, 0);
  assert.equal(await npmCall(project), undefined);
  assert.equal((await launch('launch.mjs', { installs: { tool: '7.8.9' } })).code, 0);
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--include=dev'];
  assert.deepEqual(await npmCall(project), [args, 'kept']);
});

test('wants the platform package only where the running Node is too old', async (t) => {
  const young = await projectWithNpm(t);
  assert.equal((await young.launch('certbound.mjs')).code, 0);
  assert.equal(await npmCall(young.project), undefined);

  const old = await projectWithNpm(t, { alter: tooOld });
  const { code, stderr } = await old.launch('certbound.mjs');
  assert.equal(code, 1);
  assert.match(
    stderr,
    /npm ci left out pinned-node: run "npm ci --include=dev --include=optional"/,
  );
});

test('shows what npm wrote when it fails, and does not run the script', async (t) => {
  const { project, launch } = await projectWithNpm(t);
  await remove(project, 'plain');
  const { code, stdout, stderr } = await launch('launch.mjs', { exitCode: 3 });
  assert.equal(code, 1);
  assert.equal(stdout, '');
  assert.match(stderr, /^installing dependencies \.\.\.\n/);
  assert.match(stderr, /npm chatter\n/);
  assert.match(stderr, /npm warning\n/);
  assert.match(stderr, /certbound: npm ci failed, see above: mend the cause and run "npm ci"\n$/);
});

test('says what is missing where there is no lock file to install from', async (t) => {
  const { project, launch } = await projectWithNpm(t, { alter: tooOld, pinnedNode: THIS_NODE });
  await remove(project, 'plain');
  await rm(join(project.path, 'package-lock.json'));
  assert.deepEqual(await launch('certbound.mjs'), {
    code: 1,
    stdout: '',
    stderr:
      'certbound: node_modules lacks plain, and there is no package-lock.json to install from\n',
  });
  assert.equal(await npmCall(project), undefined);
});

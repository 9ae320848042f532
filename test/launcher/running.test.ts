import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

import { endOf, projectFolder, THIS_NODE, tooOld } from './project-folder.ts';

const REPORT = `
const input = await new Response(process.stdin).text();
console.log(JSON.stringify({
  args: process.argv.slice(2), input, parent: process.ppid, pinned: process.env.PINNED ?? '0',
}));
process.exitCode = 7;
`;

test('runs the script in its own process where Node is new enough', async (t) => {
  const project = await projectFolder(t);
  await project.write('script.mjs', REPORT);
  const { code, stdout, stderr } = await project.run(['launch.mjs', 'script.mjs', 'a b', '--c'], {
    input: 'hello',
  });
  assert.equal(stderr, '');
  assert.equal(code, 7);
  assert.deepEqual(JSON.parse(stdout), {
    args: ['a b', '--c'],
    input: 'hello',
    parent: process.pid,
    pinned: '0',
  });
});

test('runs the script under the pinned Node where the running one is too old', async (t) => {
  const project = await projectFolder(t, { alter: tooOld, pinnedNode: THIS_NODE });
  await project.write('script.mjs', REPORT);
  const { code, stdout, stderr } = await project.run(['launch.mjs', 'script.mjs', 'a b', '--c'], {
    input: 'hello',
  });
  assert.equal(stderr, '');
  assert.equal(code, 7);
  assert.partialDeepStrictEqual(JSON.parse(stdout), {
    args: ['a b', '--c'],
    input: 'hello',
    pinned: '1',
  });
});

test('certbound.mjs runs src/main.ts', async (t) => {
  const project = await projectFolder(t);
  await project.write(
    'src/main.ts',
    'const args: string[] = process.argv.slice(2);console.log(args);',
  );
  assert.deepEqual(await project.run(['certbound.mjs', 'start']), {
    code: 0,
    stdout: "[ 'start' ]\n",
    stderr: '',
  });
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) {
  test(`passes ${signal} on to the pinned Node`, async (t) => {
    const project = await projectFolder(t, { alter: tooOld, pinnedNode: THIS_NODE });
    await project.write(
      'script.mjs',
      `process.on('${signal}', () => { console.log('got it'); process.exit(5); });
       setInterval(() => undefined, 1000);
       console.log('ready');`,
    );
    const child = project.start(['launch.mjs', 'script.mjs']);
    t.after(() => child.kill('SIGKILL'));
    const end = endOf(child);
    await once(child.stdout, 'data');
    child.kill(signal);
    assert.deepEqual(await end, { code: 5, stdout: 'ready\ngot it\n', stderr: '' });
  });
}

test('under npm the end of the shell in between ends the script, too', async (t) => {
  const project = await projectFolder(t, { alter: tooOld, pinnedNode: THIS_NODE });
  await project.write(
    'script.mjs',
    `process.on('SIGTERM', () => { console.log('got it'); process.exit(0); });
     setInterval(() => undefined, 1000);
     console.log('ready');`,
  );
  const line = `"${process.execPath}" bin/launch.mjs script.mjs; exit $?`;
  const shell = spawn('sh', ['-c', line], {
    cwd: project.path,
    env: { PATH: process.env['PATH'], npm_lifecycle_event: 'start' },
  });
  t.after(() => shell.kill('SIGKILL'));
  const end = endOf(shell);
  await once(shell.stdout, 'data');
  shell.kill('SIGKILL');
  assert.deepEqual(await end, { code: null, stdout: 'ready\ngot it\n', stderr: '' });
});

test('exits with 128+n when signal n ended the script', async (t) => {
  const project = await projectFolder(t, { alter: tooOld, pinnedNode: THIS_NODE });
  await project.write('script.mjs', "process.kill(process.pid, 'SIGKILL');");
  assert.equal((await project.run(['launch.mjs', 'script.mjs'])).code, 137);
});

test('names the library that the pinned Node lacks', async (t) => {
  const loader = `#!/bin/sh
echo "node: error while loading shared libraries: libatomic.so.1: cannot open" >&2
exit 127
`;
  const project = await projectFolder(t, { alter: tooOld, pinnedNode: loader });
  const { code, stderr } = await project.run(['launch.mjs', 'script.mjs']);
  assert.equal(code, 1);
  assert.match(stderr, /run "apt-get install libatomic1"\n$/);
});

test('names the way out where the pinned Node is made for another C library', async (t) => {
  const project = await projectFolder(t, { alter: tooOld, pinnedNode: '#!/no/such/loader\n' });
  const { code, stderr } = await project.run(['launch.mjs', 'script.mjs']);
  assert.equal(code, 1);
  assert.match(stderr, /needs glibc.*: install Node >= 99\.0\.0\n$/);
});

test('names the way out where there is no pinned Node for the platform', async (t) => {
  const project = await projectFolder(t, {
    alter: (launcher) => tooOld(launcher).replace("': 'pinned-node'", "-other': 'pinned-node'"),
  });
  const { code, stderr } = await project.run(['launch.mjs', 'script.mjs']);
  assert.equal(code, 1);
  assert.match(stderr, /there is no pinned Node for \S+: install Node >= 99\.0\.0/);
});

test('explains itself without a script', async (t) => {
  const project = await projectFolder(t);
  const { code, stderr } = await project.run(['launch.mjs']);
  assert.equal(code, 2);
  assert.match(stderr, /^usage: node bin\/launch\.mjs SCRIPT/);
});

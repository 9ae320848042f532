/**
 * The programs of other hands that tests run against: found, installed from Debian's packages where
 * that is possible, and named loudly where it is not. No service of a package is started.
 */

import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import process from 'node:process';

/** Programs by their names, and other files by their paths, with the package that brings each. */
const PACKAGES: Readonly<Record<string, string>> = {
  openssl: 'openssl',
  curl: 'curl',
  keytool: 'default-jre-headless',
  nginx: 'nginx-light',
  '/usr/lib/nginx/modules/ngx_stream_module.so': 'libnginx-mod-stream',
  haproxy: 'haproxy',
  apache2: 'apache2-bin',
  lighttpd: 'lighttpd',
  // Needs the Java of keytool.
  '/usr/share/tomcat10/bin/bootstrap.jar': 'tomcat10-common',
  caddy: 'caddy',
  'redis-server': 'redis-server',
  postgres: 'postgresql',
  chromium: 'chromium',
  prometheus: 'prometheus',
  'systemd-analyze': 'systemd',
  faketime: 'faketime',
  nft: 'nftables',
  // Not of Debian: https://kubernetes.io/docs/tasks/tools says where it is to be had.
  kubectl: 'kubectl',
};

/** Servers stand where only root's PATH leads, those of PostgreSQL where none does. */
function extraFolders(): readonly string[] {
  const postgres = '/usr/lib/postgresql';
  const versions = existsSync(postgres) ? readdirSync(postgres) : [];
  const binaries = versions.map((version) => join(postgres, version, 'bin'));
  return ['/usr/local/sbin', '/usr/sbin', '/sbin', ...binaries];
}

/** dpkg asks it whether services may be started; 101 is no (Debian Policy 9.3.3.1). */
const SERVICE_POLICY = '/usr/sbin/policy-rc.d';

/**
 * Finds or installs the programs. Their folders are put on the PATH of what is run after.
 *
 * @returns the programs that are not to be had; tests with them are skipped.
 */
export function providePrograms(): readonly string[] {
  const own = process.env['PATH'] ?? '';
  const widenPath = (): void => {
    process.env['PATH'] = [own, ...extraFolders()].join(delimiter);
  };
  widenPath();
  const missing = Object.keys(PACKAGES).filter((program) => !isInstalled(program));
  if (missing.length > 0 && process.getuid?.() === 0 && isInstalled('apt-get')) {
    install(missing.map((program) => PACKAGES[program] ?? program));
    widenPath();
  }
  return missing.filter((program) => !isInstalled(program));
}

/** What a person is told about programs that are not there. */
export function missingNotice(missing: readonly string[]): string {
  const named = missing.map((program) => `${program} (package ${PACKAGES[program] ?? program})`);
  return `NOT INSTALLED, tests that need them are SKIPPED: ${named.join(', ')}\n`;
}

function isInstalled(program: string): boolean {
  if (isAbsolute(program)) return existsSync(program);
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function install(packages: readonly string[]): void {
  process.stdout.write(`installing ${packages.join(', ')} for the tests\n`);
  const isOurs = !existsSync(SERVICE_POLICY);
  if (isOurs) writeFileSync(SERVICE_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    runApt('update');
    // One by one: a package that is not to be had takes no other with it.
    for (const name of packages) runApt('install', '--yes', '--no-install-recommends', name);
  } finally {
    if (isOurs) rmSync(SERVICE_POLICY);
  }
}

/** Its failure is seen in what is missing afterwards. */
function runApt(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('apt-get', ['--quiet', ...args], {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status !== 0) process.stdout.write(`apt-get ${args.join(' ')} failed: ${stderr}\n`);
}

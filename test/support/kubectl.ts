/** kubectl without a cluster: it renders kustomizations and writes secrets by itself. */

import { spawnSync } from 'node:child_process';

import { parse, parseAllDocuments } from 'yaml';

import { isMissing } from './workshop.ts';

/** Why tests with the program are skipped; false where it is installed. */
export const withoutKubectl = isMissing('kubectl', 'version', '--client');

export interface KubernetesObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
}

/** Every object that `kubectl apply --kustomize` would send. */
export function kustomize(folder: string): readonly KubernetesObject[] {
  const documents = parseAllDocuments(run(['kustomize', folder], '.'));
  return documents.map((document) => document.toJS() as KubernetesObject);
}

/** The secret that a `kubectl create secret` command makes of the files of a folder. */
export function createSecret(command: string, folder: string): KubernetesObject {
  const [program, ...args] = command.split(' ');
  if (program !== 'kubectl') throw new Error(`not a command of kubectl: ${command}`);
  return parse(run([...args, '--dry-run=client', '-o', 'yaml'], folder)) as KubernetesObject;
}

function run(args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync('kubectl', args, { cwd, encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
}

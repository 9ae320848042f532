/** What the pods of the kustomizations must be, and the files that they would see. */

import { isDeepStrictEqual } from 'node:util';

import type { Files } from '../support/deployment.ts';
import type { KubernetesObject } from '../support/kubectl.ts';

interface Container {
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env?: readonly {
    readonly name: string;
    readonly valueFrom: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
  }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly securityContext: unknown;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Probe {
  readonly httpGet: unknown;
}

interface Volume {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly projected?: {
    readonly sources: readonly {
      readonly configMap?: { readonly name: string };
      readonly secret?: {
        readonly name: string;
        readonly items: readonly { readonly key: string; readonly path: string }[];
      };
    }[];
  };
}

export interface Deployment extends KubernetesObject {
  readonly spec: {
    readonly replicas: number;
    readonly strategy: unknown;
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly automountServiceAccountToken: boolean;
        readonly securityContext: Readonly<Record<string, unknown>>;
        readonly containers: readonly Container[];
        readonly volumes: readonly Volume[];
      };
    };
  };
}

export interface Service extends KubernetesObject {
  readonly spec: {
    readonly selector: Readonly<Record<string, string>>;
    readonly ports: readonly { readonly name: string; readonly targetPort: string }[];
  };
}

export interface ServiceMonitor extends KubernetesObject {
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly endpoints: readonly { readonly port: string }[];
  };
}

const EXPECTED = {
  ports: [
    { name: 'https', containerPort: 9443 },
    { name: 'management', containerPort: 9464 },
  ],
  probes: ['/livez', '/livez', '/readyz'].map((path) => ({ path, port: 'management' })),
  // The restricted pod security standard.
  pod: { runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: 'RuntimeDefault' } },
  container: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  },
  // Where the image reads its configuration, and where the embedded service has its socket.
  mounts: ['/etc/certbound', '/dev/shm'],
};

/** How the pods of a deployment differ from what the image needs and the cluster demands. */
export function podProblems({ spec }: Deployment): readonly string[] {
  const { template, selector } = spec;
  const { containers, securityContext, volumes, automountServiceAccountToken } = template.spec;
  const [container] = containers;
  if (container === undefined) return ['there is no container'];
  const { ports, startupProbe, livenessProbe, readinessProbe, volumeMounts } = container;
  const { runAsNonRoot, runAsUser, seccompProfile } = securityContext;
  const facts: Readonly<Record<string, readonly [unknown, unknown]>> = {
    ports: [ports, EXPECTED.ports],
    probes: [
      [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet),
      EXPECTED.probes,
    ],
    'security of the pod': [{ runAsNonRoot, runAsUser, seccompProfile }, EXPECTED.pod],
    'security of the container': [container.securityContext, EXPECTED.container],
    'token of the cluster': [automountServiceAccountToken, false],
    labels: [
      Object.entries(selector.matchLabels).every(
        ([key, value]) => template.metadata.labels[key] === value,
      ),
      true,
    ],
    mounts: [
      EXPECTED.mounts.filter((path) => volumeMounts.some(({ mountPath }) => mountPath === path)),
      EXPECTED.mounts,
    ],
    volumes: [
      volumeMounts.filter(({ name }) => !volumes.some((volume) => volume.name === name)),
      [],
    ],
  };
  return Object.entries(facts).flatMap(([name, [is, expected]]) =>
    isDeepStrictEqual(is, expected) ? [] : [`${name}: ${JSON.stringify(is)}`],
  );
}

/** The files of the folder that holds the configuration, out of these config maps and secrets. */
export function projectedFiles({ spec }: Deployment, objects: readonly KubernetesObject[]): Files {
  const dataOf = (kind: string, name: string) => {
    const found = objects.find((each) => each.kind === kind && each.metadata.name === name);
    if (found?.data === undefined) throw new Error(`there is no ${kind} ${name}`);
    return found.data;
  };
  const sources = spec.template.spec.volumes.flatMap(({ projected }) => projected?.sources ?? []);
  return Object.fromEntries(
    sources.flatMap(({ configMap, secret }) => {
      if (configMap !== undefined) return Object.entries(dataOf('ConfigMap', configMap.name));
      if (secret === undefined) return [];
      const data = dataOf('Secret', secret.name);
      return secret.items.map(({ key, path }): [string, string] => {
        if (data[key] === undefined) throw new Error(`the secret ${secret.name} has no ${key}`);
        return [path, Buffer.from(data[key], 'base64').toString('utf8')];
      });
    }),
  );
}

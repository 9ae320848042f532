import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { checkLaidOut, commandsOf, laidOut, mintedFiles } from '../support/deployment.ts';
import type { Files } from '../support/deployment.ts';
import { createSecret, kustomize, withoutKubectl } from '../support/kubectl.ts';
import type { KubernetesObject } from '../support/kubectl.ts';
import { podProblems, projectedFiles } from './pod.ts';
import type { Deployment, Service, ServiceMonitor } from './pod.ts';

const PROJECT = join(import.meta.dirname, '../..');
const KUBERNETES = join(PROJECT, 'deploy/kubernetes');
const guide = readFileSync(join(PROJECT, 'docs/deploying.md'), 'utf8');
const skip = withoutKubectl;

const OVERLAYS = [
  { name: 'embedded', heading: '### The embedded token service', replicas: 1 },
  { name: 'gateway', heading: '### A gateway before an identity server', replicas: 2 },
];

const overlay = (name: string) => kustomize(join(KUBERNETES, 'overlays', name));

function the(
  kind: string,
  name: string | RegExp,
  objects: readonly KubernetesObject[],
): KubernetesObject {
  const found = objects.filter(
    (each) => each.kind === kind && new RegExp(name).test(each.metadata.name),
  );
  const [only, ...others] = found;
  assert.ok(only !== undefined && others.length === 0, `${kind} ${name}`);
  return only;
}

/** The secrets that the commands of the guide make, by their names. */
async function secretsOfGuide(
  t: TestContext,
  heading: string,
): Promise<readonly KubernetesObject[]> {
  const folder = await laidOut(t, await mintedFiles());
  return [...commandsOf(guide, '## Kubernetes'), ...commandsOf(guide, heading)]
    .filter((command) => command.includes(' create secret '))
    .map((command) => createSecret(command, folder));
}

for (const { name, heading, replicas } of OVERLAYS) {
  test(`the overlay ${name} has the ports, probes and rights of the image`, { skip }, () => {
    const objects = overlay(name);
    const deployment = the('Deployment', /^certbound$/, objects) as Deployment;
    assert.deepEqual(podProblems(deployment), []);
    assert.equal(deployment.spec.replicas, replicas);
    const ports = deployment.spec.template.spec.containers[0]?.ports.map((port) => port.name);
    for (const service of ['^certbound$', '^certbound-management$']) {
      const { spec } = the('Service', service, objects) as Service;
      assert.deepEqual(spec.selector, deployment.spec.selector.matchLabels);
      for (const { targetPort } of spec.ports) assert.ok(ports?.includes(targetPort), targetPort);
    }
    assert.ok(objects.every(({ metadata }) => metadata.namespace === 'certbound'));
  });

  test(`the overlay ${name} passes check with the secrets of the guide`, { skip }, async (t) => {
    const objects = overlay(name);
    const deployment = the('Deployment', /^certbound$/, objects) as Deployment;
    const secrets = await secretsOfGuide(t, heading);
    const configMap = the('ConfigMap', /^certbound-/, objects);
    const files: Files = projectedFiles(deployment, [configMap, ...secrets]);
    const env = Object.fromEntries(
      (deployment.spec.template.spec.containers[0]?.env ?? []).map(
        ({ name: variable, valueFrom }) => {
          const { name: secret, key } = valueFrom.secretKeyRef;
          const { data } = the('Secret', `^${secret}$`, secrets);
          return [variable, Buffer.from(data?.[key] ?? '', 'base64').toString('utf8')];
        },
      ),
    );
    const config = await checkLaidOut(t, files, env);
    const { terminationGracePeriodSeconds: grace, containers } = deployment.spec.template.spec;
    const waits = containers[0]?.lifecycle.preStop.sleep.seconds ?? 0;
    assert.ok(grace * 1_000 > waits * 1_000 + config.shutdown.drain_timeout);
    assert.equal(config.listeners[0]?.address.port, 9443);
    assert.equal(config.management.address.port, 9464);
  });
}

test('replicas are never all away at once', { skip }, () => {
  const objects = overlay('gateway');
  const { spec } = the('PodDisruptionBudget', /^certbound$/, objects) as KubernetesObject & {
    readonly spec: object;
  };
  assert.deepEqual(spec, {
    maxUnavailable: 1,
    selector: { matchLabels: { 'app.kubernetes.io/name': 'certbound' } },
  });
});

test('the embedded service keeps its records on a volume that one pod has', { skip }, () => {
  const objects = overlay('embedded');
  const { spec } = the('Deployment', /^certbound$/, objects) as Deployment;
  assert.deepEqual(spec.strategy, { type: 'Recreate' });
  const claims = spec.template.spec.volumes.flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim === undefined ? [] : [persistentVolumeClaim.claimName],
  );
  assert.deepEqual(claims, ['certbound-data']);
  the('PersistentVolumeClaim', /^certbound-data$/, objects);
});

test('strangers reach the port of the clients and no other', { skip }, () => {
  const policy = the('NetworkPolicy', /^certbound$/, overlay('gateway')) as KubernetesObject & {
    readonly spec: { readonly ingress: readonly Readonly<Record<string, unknown>>[] };
  };
  const open = policy.spec.ingress.filter((rule) => rule['from'] === undefined);
  assert.deepEqual(open, [{ ports: [{ port: 'https' }] }]);
});

test(
  'the component lets the Prometheus Operator find the management service',
  { skip },
  async (t) => {
    const folder = await laidOut(t, {});
    const parts = ['overlays/gateway', 'components/service-monitor'].map((part) =>
      relative(folder, join(KUBERNETES, part)),
    );
    const text = `resources: ['${parts[0]}']\ncomponents: ['${parts[1]}']\nnamespace: certbound\n`;
    await writeFile(join(folder, 'kustomization.yaml'), text);
    const objects = kustomize(folder);
    const monitor = the('ServiceMonitor', /^certbound$/, objects) as ServiceMonitor;
    const service = the('Service', /^certbound-management$/, objects) as Service;
    for (const [label, value] of Object.entries(monitor.spec.selector.matchLabels)) {
      assert.equal(service.metadata.labels?.[label], value, label);
    }
    assert.equal(monitor.spec.endpoints[0]?.port, service.spec.ports[0]?.name);
  },
);

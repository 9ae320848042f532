import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { parse } from 'yaml';

import { parseConfig } from '../../src/config/load.ts';
import { HEADER_FORMATS } from '../../src/certificate/header/header-codec.ts';

const FOLDER = join(import.meta.dirname, '../../deploy/load-balancers');
const text = readFileSync(join(FOLDER, 'other-balancers.md'), 'utf8');

test('the examples for other balancers are YAML, without a key twice', () => {
  const blocks = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block = '']) => block);
  assert.ok(blocks.length >= 1);
  for (const block of blocks) assert.equal(typeof parse(block), 'object');
});

test('every format that they are given is one that is read', () => {
  const named = [...text.matchAll(/`(?:format: )?((?:aws|envoy|traefik)[a-z_]*)`/g)];
  const formats = new Set(named.map(([, format = '']) => format));
  assert.ok(formats.size >= 5, [...formats].join(' '));
  for (const format of formats) {
    assert.ok(
      HEADER_FORMATS.some((known) => known === format),
      format,
    );
  }
});

/** Every object of a document, with the members that are objects. */
function* objectsOf(value: unknown): Iterable<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as Record<string, unknown>;
  for (const member of Object.values(value)) yield* objectsOf(member);
}

function read(name: string): unknown {
  return parse(readFileSync(join(FOLDER, name), 'utf8'), { strict: true });
}

test('the files for Envoy send to clusters that there are, and let no client write the header', () => {
  for (const name of ['envoy-tunnel.yaml', 'envoy-terminating.yaml']) {
    const objects = [...objectsOf(read(name))];
    const clusters = objects.flatMap(({ cluster }) => (cluster === undefined ? [] : [cluster]));
    assert.deepEqual(clusters, ['gateways']);
    for (const { '@type': type } of objects) {
      if (typeof type === 'string') assert.match(type, /^type\.googleapis\.com\/envoy\..*\.v3\./);
    }
    const forwards = objects.map((one) => one['forward_client_cert_details']).filter(Boolean);
    assert.deepEqual(forwards, name.includes('terminating') ? ['SANITIZE_SET'] : []);
  }
});

test('the files for AWS refer to what they have, and let only the balancer to the gateway', () => {
  for (const name of ['aws-alb.yaml', 'aws-nlb.yaml']) {
    const template = read(name) as Record<'Parameters' | 'Resources', Record<string, unknown>>;
    const known = [...Object.keys(template.Parameters), ...Object.keys(template.Resources)];
    const objects = [...objectsOf(template)];
    for (const { Ref: reference } of objects) {
      if (typeof reference === 'string') assert.ok(known.includes(reference), reference);
    }
    assert.partialDeepStrictEqual(template.Resources['GatewayIngress'], {
      Properties: {
        GroupId: { Ref: 'GatewaySecurityGroup' },
        SourceSecurityGroupId: { Ref: 'BalancerSecurityGroup' },
      },
    });
  }
});

test('the listeners behind them are ones that the gateway takes', () => {
  for (const [name, format] of [
    ['certbound-envoy.yaml', 'envoy'],
    ['certbound-aws-alb.yaml', 'aws_alb'],
  ]) {
    const section = readFileSync(join(FOLDER, name ?? ''), 'utf8').replace(
      'THUMBPRINT_OF_BALANCER_PEM',
      'ab'.repeat(32),
    );
    const yaml = `${section}\ntoken_service: {upstream: {url: 'https://idp.example'}}\n`;
    const { config } = parseConfig(yaml, { file: 'config.yaml', baseDir: '/', env: {} });
    assert.equal(config.listeners[0]?.from_load_balancer?.format, format);
  }
});

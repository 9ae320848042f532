import assert from 'node:assert/strict';
import { test } from 'node:test';

import { codecFor } from '../../src/certificate/header/codecs.ts';
import { detectFormat } from '../../src/certificate/header/detect.ts';
import { HEADER_FORMATS } from '../../src/certificate/header/header-codec.ts';
import { createRandom, mutate } from '../support/mutants.ts';
import { bodies, VECTORS } from './header-vectors.ts';

for (const format of HEADER_FORMATS) {
  const { names } = codecFor(format);
  const { usual, others = [] } = VECTORS[format];
  const leafOf = (fields: typeof usual): string =>
    fields.find(([name]) => name.toLowerCase() === names.leaf)?.[1] ?? '';

  test(`a value of ${format} is read as what it is, under its name and under another`, () => {
    for (const fields of [usual, ...others]) {
      for (const name of [names.leaf, names.leaf.toUpperCase(), 'x-anything']) {
        const found = codecFor(detectFormat(name, leafOf(fields)));
        const carried = found.read([[name, leafOf(fields)]], { leaf: name });
        assert.deepEqual(carried?.leaf, Buffer.from(bodies.leaf), `${name} as ${found.format}`);
      }
    }
  });
}

test('the name decides between formats that look alike', () => {
  const escaped = VECTORS.nginx.usual[0]?.[1] ?? '';
  const base64 = VECTORS.haproxy.usual[0]?.[1] ?? '';
  assert.equal(detectFormat('X-Anything', escaped), 'nginx');
  assert.equal(detectFormat('X-Amzn-Mtls-Clientcert-Leaf', escaped), 'aws_alb_leaf');
  assert.equal(detectFormat('X-ARR-ClientCert', escaped), 'azure_pem');
  assert.equal(detectFormat('X-ARR-ClientCert', base64), 'azure_base64');
  assert.equal(detectFormat('X-Forwarded-Tls-Client-Cert', base64), 'traefik');
  assert.equal(detectFormat('Cf-Client-Cert-Der-Base64', base64), 'cloudflare');
  assert.equal(detectFormat('X-Anything', base64), 'haproxy');
  assert.equal(detectFormat('CloudFront-Viewer-Cert-Present', '0'), 'cloudfront');
});

test('every value has one format, always the same', () => {
  const random = createRandom(7);
  for (const format of HEADER_FORMATS) {
    for (const [name, value] of VECTORS[format].usual) {
      for (let round = 0; round < 200; round += 1) {
        const mutant = Buffer.from(mutate(Buffer.from(value), random)).toString('latin1');
        const found = detectFormat(name, mutant);
        assert.ok(HEADER_FORMATS.includes(found));
        assert.equal(detectFormat(name, mutant), found);
      }
    }
  }
  for (const value of ['', ' ', '%', ':', '"', '=', ',', '-----BEGIN', 'by=', '\u0000']) {
    assert.ok(HEADER_FORMATS.includes(detectFormat('', value)));
  }
});

/** Runs path validation on crafted chains and says of the verdict what it should be. */

import assert from 'node:assert/strict';

import { anchorOf, createAnchorSet } from '../../src/certificate/path/path-anchor.ts';
import { validatePath } from '../../src/certificate/path/path.ts';
import type { PathRequest, PathVerdict } from '../../src/certificate/path/path.ts';
import type { Reason } from '../../src/errors.ts';
import { craftRoot } from './crafted.ts';
import type { Crafted, CraftOptions } from './crafted.ts';

export interface ChainRequest extends Partial<Omit<PathRequest, 'leaf' | 'presented' | 'anchors'>> {
  readonly leaf: Crafted;
  readonly presented?: readonly Crafted[];
  readonly anchors: readonly Crafted[];
}

export function judge({ leaf, presented = [], anchors, ...request }: ChainRequest): PathVerdict {
  return validatePath({
    at: Date.now(),
    purpose: 'client_auth',
    ...request,
    leaf: leaf.certificate(),
    presented: presented.map((one) => one.certificate()),
    anchors: createAnchorSet(anchors.map((one) => anchorOf(one.certificate()))),
  });
}

export function expectTrusted(request: ChainRequest): Extract<PathVerdict, { kind: 'trusted' }> {
  const verdict = judge(request);
  assert.ok(verdict.kind === 'trusted', JSON.stringify(verdict));
  return verdict;
}

export function expectRefused(request: ChainRequest, reason: Reason, detail = /./): void {
  const verdict = judge(request);
  assert.ok(verdict.kind === 'untrusted', `trusted, where ${reason} is expected`);
  assert.equal(verdict.reason, reason, verdict.detail);
  assert.match(verdict.detail, detail);
}

export interface ChainOptions {
  readonly root?: CraftOptions;
  readonly intermediate?: CraftOptions;
  readonly leaf?: CraftOptions;
}

/** Root, one intermediate and a leaf, good but for what the options change. */
export function chainOf(options: ChainOptions = {}): ChainRequest {
  const root = craftRoot(options.root);
  const intermediate = root.issue({
    subject: 'CN=intermediate,O=Test',
    ca: true,
    ...options.intermediate,
  });
  return { leaf: intermediate.issue(options.leaf), presented: [intermediate], anchors: [root] };
}

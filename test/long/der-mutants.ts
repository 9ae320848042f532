/** Damages DER below its framing: the lengths are right again, so that the damage gets past them. */

import { contentOf, encodingOf } from '../../src/certificate/der/der-value.ts';
import { readDer } from '../../src/certificate/der/der.ts';
import type { DerNode } from '../../src/certificate/der/der.ts';
import { writeDer } from '../../src/certificate/der/der-writer.ts';
import { mutate } from '../support/mutants.ts';

type Random = (below: number) => number;

/** Makes mutants: one to three values removed, doubled, moved, retagged or damaged inside. */
export function createTreeMutator(der: Uint8Array): (random: Random) => Uint8Array {
  const root = readDer(der);
  const nodes = flatten(root);
  return (random) => mutateTree(root, nodes, random);
}

function mutateTree(root: DerNode, nodes: readonly DerNode[], random: Random): Uint8Array {
  const changes = new Map<DerNode, Uint8Array>();
  for (let times = 1 + random(3); times > 0; times -= 1) {
    const node = nodes[1 + random(nodes.length - 1)] ?? root;
    const other = nodes[1 + random(nodes.length - 1)] ?? root;
    changes.set(node, changed(node, other, random));
  }
  return rewrite(root, changes);
}

function changed(node: DerNode, other: DerNode, random: Random): Uint8Array {
  const content = contentOf(node);
  const tag = node.source[node.start] ?? 0;
  switch (random(6)) {
    case 0:
      return new Uint8Array();
    case 1:
      return Buffer.concat([encodingOf(node), encodingOf(node)]);
    case 2:
      return encodingOf(other);
    case 3:
      return writeDer((tag & 0xe0) | random(31), content);
    case 4:
      return writeDer(tag ^ (1 << (5 + random(3))), content);
    default:
      return writeDer(tag, content.length === 0 ? Uint8Array.of(0) : mutate(content, random));
  }
}

function rewrite(node: DerNode, changes: ReadonlyMap<DerNode, Uint8Array>): Uint8Array {
  const change = changes.get(node);
  if (change !== undefined) return change;
  if (node.children.length === 0) return encodingOf(node);
  const children = node.children.map((child) => rewrite(child, changes));
  return writeDer(node.source[node.start] ?? 0, ...children);
}

function flatten(node: DerNode): readonly DerNode[] {
  return [node, ...node.children.flatMap(flatten)];
}

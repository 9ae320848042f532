import assert from 'node:assert/strict';
import test from 'node:test';

import { createWaitingLine } from '../../src/upstream/waiting-line.ts';

interface Place {
  readonly network: string;
  readonly name: string;
}

const place = (name: string): Place => ({ network: name.slice(0, 1), name });

function drain(line: { shift(): Place | undefined }, onServed: (place: Place) => void): string[] {
  const names: string[] = [];
  for (let next = line.shift(); next !== undefined; next = line.shift()) {
    names.push(next.name);
    onServed(next);
  }
  return names;
}

test('a network that holds less is served before those that came earlier', () => {
  const held = new Map([['a', 2]]);
  const line = createWaitingLine<Place>(10, (network) => held.get(network) ?? 0);
  for (const name of ['a1', 'a2', 'b1', 'b2', 'b3', 'c1']) line.join(place(name));
  const served = drain(line, ({ network }) => held.set(network, (held.get(network) ?? 0) + 1));
  assert.deepEqual(served, ['b1', 'c1', 'b2', 'a1', 'b3', 'a2']);
});

test('who leaves is not served', () => {
  const line = createWaitingLine<Place>(10, () => 0);
  const [first, second] = [place('a1'), place('a2')];
  line.join(first);
  line.join(second);
  line.leave(first);
  line.leave(first);
  assert.equal(line.size(), 1);
  assert.deepEqual(
    drain(line, () => {}),
    ['a2'],
  );
});

test('in a full line the last of the network with the most gives its place to one with fewer', () => {
  const line = createWaitingLine<Place>(4, () => 0);
  for (const name of ['a1', 'a2', 'a3', 'b1']) assert.equal(line.join(place(name)), undefined);
  assert.equal(line.join(place('a4'))?.name, 'a4');
  assert.equal(line.join(place('c1'))?.name, 'a3');
  // Two against one: nothing would be won by a change.
  assert.equal(line.join(place('b2'))?.name, 'b2');
  assert.equal(line.join(place('d1'))?.name, 'a2');
  assert.equal(line.join(place('e1'))?.name, 'e1');
  assert.equal(line.size(), 4);
  assert.deepEqual(
    drain(line, () => {}),
    ['a1', 'b1', 'c1', 'd1'],
  );
});

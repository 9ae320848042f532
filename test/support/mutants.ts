/** Damages inputs at random, the same way in every run. */

/** The same sequence in every run: a failure names its round and can be repeated. */
export function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Octets overwritten, removed, doubled or moved, one to three times. */
export function mutate(original: Uint8Array, random: (below: number) => number): Uint8Array {
  let octets = Buffer.from(original);
  for (let times = 1 + random(3); times > 0; times -= 1) {
    const at = random(octets.length);
    const count = 1 + random(4);
    switch (random(5)) {
      case 0:
        octets[at] = random(256);
        break;
      case 1:
        octets[at] = (octets[at] ?? 0) ^ (1 << random(8));
        break;
      case 2:
        octets = Buffer.concat([octets.subarray(0, at), octets.subarray(at + count)]);
        break;
      case 3:
        octets = Buffer.concat([octets.subarray(0, at + count), octets.subarray(at)]);
        break;
      default:
        octets = octets.subarray(0, Math.max(1, at));
    }
  }
  return octets;
}

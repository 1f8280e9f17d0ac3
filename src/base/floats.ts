/**
 * `length` numbers, each computed from its place. A loop: `map` of a typed array and `from` take several times as long, which
 * matters where noise is drawn and pictures are sampled.
 */
export function floats(length: number, at: (k: number) => number): Float32Array<ArrayBuffer> {
  const made = new Float32Array(length);
  for (let k = 0; k < length; k++) made[k] = at(k);
  return made;
}

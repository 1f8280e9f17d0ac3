/** How many bins there are: by sign, exponent and the first 11 bits of the fraction of a float32. */
export const scoreBins = 2 ** 20;

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/**
 * The bin of a score, 0 … 2²⁰ − 1, growing with it, whatever range scores have: each bin is 1/2048 of its score wide (exact zero has its
 * own), so that curves over any number of pixels fit in a fixed table.
 */
export function binOf(score: number): number {
  float[0] = score;
  const b = bits[0]!;
  return (b & 0x80000000 ? ~b >>> 0 : (b | 0x80000000) >>> 0) >>> 12;
}

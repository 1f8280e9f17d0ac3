/**
 * Counter-based random numbers: Philox 4×32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 * A stream is named by a seed and a path of keys, so any step of any epoch can be drawn again without replaying the ones before.
 */
export interface Random {
  /** Uniform 32-bit unsigned integer. */
  uint32(): number;
  /** Uniform in [0, 1), 24 bits: exactly representable in float32. */
  uniform(): number;
  /** Standard normal (Box–Muller). */
  normal(): number;
  /** Uniform integer in [0, n). */
  below(n: number): number;
  /** A stream of its own, named by further keys. */
  fork(...keys: (number | string)[]): Random;
}

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;

function mulHigh(a: number, b: number): number {
  const aL = a & 0xffff;
  const aH = a >>> 16;
  const bL = b & 0xffff;
  const bH = b >>> 16;
  const low = aL * bL;
  const mid = aH * bL + (low >>> 16);
  const mid2 = aL * bH + (mid & 0xffff);
  return (aH * bH + Math.floor(mid / 65536) + (mid2 >>> 16)) >>> 0;
}

/** One Philox 4×32-10 block. */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): Uint32Array {
  const block = new Uint32Array(4);
  blockInto(block, ...counter, ...key);
  return block;
}

/** The same into `block`: noise needs millions of them, and memory for each would cost as much as the numbers. */
function blockInto(
  block: Uint32Array,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  key0: number,
  key1: number,
): void {
  let [a, b, c, d, k0, k1] = [c0, c1, c2, c3, key0, key1];
  for (let round = 0; round < 10; round++) {
    const h0 = mulHigh(M0, a);
    const l0 = Math.imul(M0, a) >>> 0;
    const h1 = mulHigh(M1, c);
    const l1 = Math.imul(M1, c) >>> 0;
    a = (h1 ^ b ^ k0) >>> 0;
    b = l1;
    c = (h0 ^ d ^ k1) >>> 0;
    d = l0;
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  block[0] = a;
  block[1] = b;
  block[2] = c;
  block[3] = d;
}

/** Two 32-bit words from a path of keys (FNV-1a with an avalanche at the end). */
function hashKeys(a: number, b: number, keys: readonly (number | string)[]): [number, number] {
  let h0 = (a ^ 0x811c9dc5) >>> 0;
  let h1 = (b ^ 0x9e3779b9) >>> 0;
  for (const key of keys) {
    const text = typeof key === 'number' ? `#${key}` : `$${key}`;
    for (let i = 0; i < text.length; i++) {
      h0 = Math.imul(h0 ^ text.charCodeAt(i), 0x01000193) >>> 0;
      h1 = Math.imul(h1 ^ text.charCodeAt(i), 0x5bd1e995) >>> 0;
      h1 = (h1 ^ (h1 >>> 15)) >>> 0;
    }
  }
  return [mix(h0 ^ (h1 >>> 16)), mix(h1 + h0)];
}

function mix(x: number): number {
  let h = x >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The stream named by `seed` and `keys`. */
export function random(seed: number, ...keys: (number | string)[]): Random {
  return stream(hashKeys(seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0, keys));
}

function stream(key: [number, number]): Random {
  const block = new Uint32Array(4);
  let at = block.length;
  let count = 0;
  let spare: number | undefined;
  const uint32 = () => {
    if (at === block.length) {
      blockInto(block, count >>> 0, Math.floor(count / 2 ** 32) >>> 0, 0, 0, key[0], key[1]);
      count++;
      at = 0;
    }
    return block[at++]!;
  };
  const uniform = () => (uint32() >>> 8) / 2 ** 24;
  return {
    uint32,
    uniform,
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    below: (n) => Math.floor((uint32() / 2 ** 32) * n),
    fork: (...keys) => stream(hashKeys(key[0], key[1], keys)),
  };
}

/** A uniformly random order of 0..n-1 (Fisher–Yates). */
export function permutation(rng: Random, n: number): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = rng.below(i + 1);
    const t = order[i]!;
    order[i] = order[j]!;
    order[j] = t;
  }
  return order;
}

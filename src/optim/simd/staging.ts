/** Floats that are copied at a time: pieces of four arrays lie in a core's own cache together. */
const PIECE = 8192;
/** At most this many arrays in one loop. */
const SLOTS = 4;
/**
 * Bytes between arrays, beside their own: where reads and writes lie whole pages (4096 bytes) apart, a processor takes them for the same place
 * and waits. Copies became ten times slower by it (AMD EPYC).
 */
const APART = 1088;

/**
 * A WebAssembly memory in which some arrays are kept; others are copied in and out piece by piece, through a cache. So parameters and
 * gradients may stay in ordinary memory, which a worker can be handed.
 */
export class Staging {
  readonly #buffer: ArrayBuffer;
  readonly #slots: readonly Float32Array[];
  readonly kept: readonly Float32Array[];

  /** Bytes that the memory needs. */
  static bytes(arrays: number, length: number): number {
    return SLOTS * spaceOf(PIECE) + arrays * spaceOf(length) + APART;
  }

  constructor(buffer: ArrayBuffer, arrays: number, length: number) {
    this.#buffer = buffer;
    this.#slots = laidOut(buffer, APART, SLOTS, PIECE);
    this.kept = laidOut(buffer, APART + SLOTS * spaceOf(PIECE), arrays, length);
  }

  /** Runs over a range of arrays; `run` gets bytes and addresses of pieces that follow one another. Those at `written` change. */
  inPieces(
    arrays: readonly Float32Array[],
    written: readonly number[],
    [start, end]: readonly [number, number],
    run: (bytes: number, addresses: readonly number[]) => void,
  ): void {
    for (let at = start; at < end; at += PIECE) {
      const size = Math.min(PIECE, end - at);
      const addresses = arrays.map((x, i) => this.#enter(x, i, at, size));
      run(4 * size, addresses);
      for (const i of written) this.#leave(arrays[i]!, i, at, size);
    }
  }

  #enter(x: Float32Array, slot: number, at: number, size: number): number {
    if (x.buffer === this.#buffer) return x.byteOffset + 4 * at;
    const s = this.#slots[slot]!;
    s.set(x.subarray(at, at + size));
    return s.byteOffset;
  }

  #leave(x: Float32Array, slot: number, at: number, size: number): void {
    if (x.buffer !== this.#buffer) x.set(this.#slots[slot]!.subarray(0, size), at);
  }
}

/** A multiple of 64 bytes, which is a line of a cache. */
const spaceOf = (floats: number) => Math.ceil(floats / 16) * 64 + APART;

function laidOut(buffer: ArrayBuffer, from: number, count: number, length: number): Float32Array[] {
  return Array.from({ length: count }, (_, i) => new Float32Array(buffer, from + i * spaceOf(length), length));
}

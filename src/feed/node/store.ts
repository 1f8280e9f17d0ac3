import type { Picture } from '../batch.ts';

/** Bytes that may still be used for decoded pixels; shared by all stores of a data set. */
export interface Budget {
  left: number;
}

/** What a worker needs to read a store: shared memory, sent once; new chunks are sent as they come. */
export interface StoreView {
  /**
   * `FIELDS` numbers a slot: chunk + 1 (0: nothing stored), offset, width, height, those of the whole picture, exact. The first
   * number: full.
   */
  readonly index: Int32Array;
  readonly chunks: Uint8Array[];
}

const FIELDS = 7;
const CHUNK = 16 << 20;

/** The picture in `slot`, without a copy, or undefined. Works in every thread that has the view. */
export function readStored({ index, chunks }: StoreView, slot: number): Picture | undefined {
  const at = 1 + slot * FIELDS;
  const number = Atomics.load(index, at);
  const chunk = number > 0 ? chunks[number - 1] : undefined;
  // A chunk this thread has not been told of yet counts as nothing: the picture is decoded again, with the same result.
  if (!chunk) return undefined;
  const width = index[at + 2]!;
  const height = index[at + 3]!;
  const offset = index[at + 1]!;
  const data = new Uint8Array(chunk.buffer, chunk.byteOffset + offset, width * height * 3);
  return { image: { width, height, data }, from: [index[at + 5]!, index[at + 4]!], exact: index[at + 6] === 1 };
}

/** Whether the store takes nothing more: workers then need not send pixels back. */
export function isFull({ index }: StoreView): boolean {
  return Atomics.load(index, 0) === 1;
}

/**
 * Decoded pixels in shared memory, filled by one thread and read by all. Memory is taken in chunks of 16 MB as
 * pictures come, until the budget is used up; then the store stays as it is.
 */
export class PixelStore {
  readonly view: StoreView;
  readonly #budget: Budget;
  readonly #onChunk: (chunk: Uint8Array) => void;
  #used = 0;

  /** `onChunk` hears of every new chunk, so that the workers can be told before they are asked to use it. */
  constructor(slots: number, budget: Budget, onChunk: (chunk: Uint8Array) => void) {
    const index = new Int32Array(new SharedArrayBuffer((1 + slots * FIELDS) * 4));
    this.view = { index, chunks: [] };
    this.#budget = budget;
    this.#onChunk = onChunk;
  }

  /** Stores a picture; false when the budget does not allow it. A slot that is taken stays as it is. */
  put(slot: number, { image, from, exact }: Picture): boolean {
    const { index, chunks } = this.view;
    const at = 1 + slot * FIELDS;
    if (index[at] !== 0) return true;
    const size = image.data.length;
    if (chunks.length === 0 || this.#used + size > chunks.at(-1)!.length) {
      const wanted = Math.max(size, Math.min(CHUNK, this.#budget.left));
      if (wanted > this.#budget.left) {
        Atomics.store(index, 0, 1);
        return false;
      }
      this.#budget.left -= wanted;
      const chunk = new Uint8Array(new SharedArrayBuffer(wanted));
      chunks.push(chunk);
      this.#used = 0;
      this.#onChunk(chunk);
    }
    chunks.at(-1)!.set(image.data, this.#used);
    index.set([this.#used, image.width, image.height, from[1], from[0], exact ? 1 : 0], at + 1);
    Atomics.store(index, at, chunks.length);
    this.#used += size;
    return true;
  }
}

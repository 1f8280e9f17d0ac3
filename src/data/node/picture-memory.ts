import { setTimeout as sleep } from 'node:timers/promises';

/** Decoded pixels and file bytes that all threads together may hold of pictures that are being worked on. */
const CAPACITY = 256 * 2 ** 20;
/** Pictures that take less never wait: there are only a few at a time, and they are the usual ones. */
const FREE = 8 * 2 ** 20;
/** Amounts are counted in these units, so that they fit 32 bits. */
const UNIT = 1024;

/**
 * Lets large pictures pass a few at a time, one that is larger than everything alone: a picture of 64 megapixels takes 256 MB while
 * it is decoded, however small it is made afterwards, and a batch of them would take gigabytes. The count lies in shared memory, so
 * that the threads of one process share one limit.
 */
export class PictureMemory {
  /** For the other threads. */
  readonly shared: SharedArrayBuffer;
  readonly #used: Int32Array;

  constructor(shared = new SharedArrayBuffer(4)) {
    this.shared = shared;
    this.#used = new Int32Array(shared);
  }

  /** Does `work` as soon as there is room for `bytes`. */
  async hold<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    if (bytes <= FREE) return work();
    const units = Math.ceil(Math.min(bytes, CAPACITY) / UNIT);
    // Looks again after a while instead of being woken: a thread that ended in between must not leave others asleep.
    while (!this.#take(units)) await sleep(5);
    try {
      return await work();
    } finally {
      Atomics.sub(this.#used, 0, units);
    }
  }

  #take(units: number): boolean {
    const used = Atomics.load(this.#used, 0);
    if (used + units > CAPACITY / UNIT) return false;
    return Atomics.compareExchange(this.#used, 0, used, used + units) === used;
  }
}

let current = new PictureMemory();

/** The limit of this thread. */
export const pictureMemory = (): PictureMemory => current;

/** Takes over the limit of the thread that started this one. */
export function sharePictureMemory(shared: SharedArrayBuffer): void {
  current = new PictureMemory(shared);
}

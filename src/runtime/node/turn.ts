/**
 * Who may end the worker when. A thread that is terminated inside onnxruntime-node takes the whole process with it (the
 * library aborts), so the worker marks when it is inside, and the main thread asks it to start nothing new and waits.
 */
export class Turn {
  readonly shared: SharedArrayBuffer;
  readonly #flags: Int32Array;

  constructor(shared = new SharedArrayBuffer(8)) {
    this.shared = shared;
    this.#flags = new Int32Array(shared);
  }

  /** Worker: does `work` unless the end was asked for. First says that it is inside, then looks: no end falls in between. */
  async within<T>(work: () => Promise<T>): Promise<T | undefined> {
    Atomics.store(this.#flags, INSIDE, 1);
    try {
      return this.ending ? undefined : await work();
    } finally {
      Atomics.store(this.#flags, INSIDE, 0);
      Atomics.notify(this.#flags, INSIDE);
    }
  }

  get ending(): boolean {
    return Atomics.load(this.#flags, ENDING) === 1;
  }

  /** Main thread: from now on nothing new is started. */
  end(): void {
    Atomics.store(this.#flags, ENDING, 1);
  }

  /** Main thread: blocks until the worker is outside, at most `milliseconds`. */
  waitOutside(milliseconds: number): void {
    const deadline = performance.now() + milliseconds;
    for (
      let left = milliseconds;
      left > 0 && Atomics.load(this.#flags, INSIDE) === 1;
      left = deadline - performance.now()
    ) {
      Atomics.wait(this.#flags, INSIDE, 1, left);
    }
  }
}

const INSIDE = 0;
const ENDING = 1;

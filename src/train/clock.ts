/** How long the rest takes, at the rate since this process began: what an earlier process did says nothing of this one. */
export class Clock {
  readonly #began = performance.now();
  readonly #from: number;

  /** `from`: steps that were done before. */
  constructor(from: number) {
    this.#from = from;
  }

  /** Seconds from step `at` to step `goal`. */
  secondsTo(goal: number, at: number): number {
    const done = at - this.#from;
    const seconds = (performance.now() - this.#began) / 1000;
    return done > 0 ? ((goal - at) * seconds) / done : Number.POSITIVE_INFINITY;
  }
}

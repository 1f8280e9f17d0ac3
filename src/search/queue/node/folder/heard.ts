import { processState } from '../../../../base/node/process.ts';
import type { Last } from './steps.ts';

/**
 * Which leases have ended because nobody was heard of. Clocks of machines differ: a lease has ended when this process has seen its file
 * untouched for as long as it lasts, by its own clock; that of a dead process of this machine has ended
 * at once.
 */
export class Heard {
  readonly #lasts: number;
  readonly #seen = new Map<string, { readonly touched: number; readonly since: number }>();

  /** @param lasts milliseconds that a lease lasts without a sign of its holder */
  constructor(lasts: number) {
    this.#lasts = lasts;
  }

  ended({ path, touched, step }: Last): boolean {
    if (step?.kind === 'lease' && processState(step.process) === 'dead') return true;
    const before = this.#seen.get(path);
    if (before?.touched === touched) return performance.now() - before.since > this.#lasts;
    this.#seen.set(path, { touched, since: performance.now() });
    return false;
  }
}

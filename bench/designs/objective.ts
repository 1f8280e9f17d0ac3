import { type Design, keyOf } from '../../src/search/space.ts';
import type { Judged } from '../../src/search/trial.ts';
import { accuracyOf, type Row } from './table.ts';

/** What a searcher is told of a design, out of a table instead of a training. */
export interface Known {
  /** Every design that can be asked for. */
  readonly designs: readonly Design[];
  /** Whether a design is in the table; others are not asked for. */
  has(design: Design): boolean;
  cost(design: Design): { readonly parameters: number; readonly macs: number };
  trial(design: Design, number: number): Judged;
}

/** @throws where the table lacks a design */
export function known(rows: readonly Row[]): Known {
  const by = new Map(rows.map((r) => [keyOf(r.design), r]));
  const of = (design: Design) => {
    const row = by.get(keyOf(design));
    if (!row) throw new Error(`the table has no design ${keyOf(design)}`);
    return row;
  };
  return {
    designs: rows.map(({ design }) => design),
    has: (design) => by.has(keyOf(design)),
    cost: (design) => of(design),
    trial(design, number) {
      const { parameters, macs, ms, processor } = of(design);
      const accuracy = accuracyOf(of(design));
      return { number, design: [...design], rung: 0, accuracy, parameters, macs, ms, seconds: processor };
    },
  };
}

/**
 * Area of what designs beat, as a share of what all of a table beat: accuracy upwards from the table's least, milliseconds downwards from
 * its most. 1: nothing is left to find.
 */
export function hypervolumes(order: readonly Design[], objective: Known): number[] {
  const all = objective.designs.map((d) => objective.trial(d, 0));
  const worst = { accuracy: Math.min(...all.map((t) => t.accuracy)), ms: Math.max(...all.map((t) => t.ms)) };
  const whole = area(all, worst);
  const found = order.map((d) => objective.trial(d, 0));
  return found.map((_, i) => area(found.slice(0, i + 1), worst) / whole);
}

interface Point {
  readonly accuracy: number;
  readonly ms: number;
}

/** Area between the front of some points and the worst corner. */
export function area(points: readonly Point[], worst: Point): number {
  let [sum, best] = [0, worst.accuracy];
  for (const p of [...points].sort((a, b) => a.ms - b.ms || b.accuracy - a.accuracy)) {
    if (p.accuracy <= best || p.ms >= worst.ms) continue;
    sum += (p.accuracy - best) * (worst.ms - p.ms);
    best = p.accuracy;
  }
  return sum;
}

import { bindSymbols } from '../graph/bind.ts';
import type { Graph } from '../graph/graph.ts';
import { type Choice, chooseAgain } from '../graph/memory/choose.ts';
import { boundLate, computedAgain, inOrder } from '../graph/memory/rebuild.ts';
import { stepsOf } from '../graph/memory/steps.ts';

/** A training step in the order that takes the least memory, and what it is expected to take. */
export interface PlannedStep extends Omit<Choice, 'chosen'> {
  readonly graph: Graph;
  /** Whether some of it is computed twice, so that equal nodes must not be merged. */
  readonly again: boolean;
}

/** Gradients come as they are found, and go into memory that is there. */
const isGradient = (output: string) => output.startsWith('grad:');

/** Puts a graph into the operators that are printed. */
type Form = (g: Graph) => Promise<Graph>;

/**
 * Puts a training step for a batch into the order in which each gradient is computed as soon as it can be, and computes activations twice
 * until their most bytes at once are at most `limit`, or as few as can be.
 */
export async function plannedStep(
  g: Graph,
  batch: number,
  form: Form,
  limit = Number.POSITIVE_INFINITY,
): Promise<PlannedStep> {
  const symbols = { N: batch };
  const steps = stepsOf(g, isGradient, symbols);
  // Where more than the batch is open, shapes cannot tell the two passes apart.
  const open = g.inputs.some((v) => v.type.shape.some((d) => typeof d === 'string' && d !== 'N'));
  const ready = await form(open ? bindSymbols(g, symbols) : boundLate(g, (i) => steps.steps[i]!.late, symbols));
  const s = stepsOf(ready, isGradient, symbols);
  const { chosen, ...rest } = chooseAgain(s, limit);
  return { ...rest, graph: inOrder(computedAgain(ready, s, chosen, symbols), isGradient), again: chosen.size > 0 };
}

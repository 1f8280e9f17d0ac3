import { add, div, mul, reduceMean, sub } from '../../graph/build.ts';
import { input, type Value } from '../../graph/value.ts';
import type { Network } from '../../models/network.ts';
import { divergence } from '../divergence.ts';
import type { Objective } from '../objective.ts';
import { LOGITS, POOLED, teachersName } from './network.ts';

/** A channel that hardly varies counts as if it varied this much, as a share of what the channels vary on average. */
export const LEAST_SPREAD = 0.1;

/**
 * Which share of what the teacher's channels vary over the batch is not explained by the student, mean over channels: 0 where it says
 * the same, 1 where it only knows their means. `heard` and `said` are [N, C] or [N, C, H, W]; so a channel counts by what it tells and
 * not by how large its numbers are.
 */
function unexplained(heard: Value, said: Value): Value {
  const axes = said.type.shape.length === 4 ? [0, 2, 3] : [0];
  const meanSquare = (x: Value) => reduceMean(mul(x, x), axes, true);
  const spread = meanSquare(sub(said, reduceMean(said, axes, true)));
  const least = add(mul(reduceMean(spread, undefined, false), LEAST_SPREAD), 1e-12);
  return reduceMean(div(meanSquare(sub(heard, said)), add(spread, least)), undefined, false);
}

/** The sum of what is not explained of features and maps, and of the divergence of the softened answers: terms of about one each. */
export function distillObjective({ outputs }: Network, temperature: number): Objective {
  const said = (name: string, like: Value) => input(teachersName(name), 'float32', like.type.shape);
  const missed = new Map(
    Object.entries(outputs).map(([name, heard]) => [
      name,
      name === LOGITS ? divergence(said(name, heard), heard, temperature) : unexplained(heard, said(name, heard)),
    ]),
  );
  const pooled = missed.get(POOLED);
  const logits = outputs[LOGITS];
  return {
    loss: [...missed.values()].reduce((a, b) => add(a, b)),
    outputs: { ...(pooled && { missed: pooled }), ...(logits && { logits }) },
  };
}

import type { Segment } from '../optim/optimizer.ts';
import type { TrainingStep } from './step.ts';

/** Learned positions and tokens: they have the shape of weights, and no decay either (as in timm). */
const undecayed = /(^|\.)(relative_position_bias_table|attention_biases|pos_embed\w*|cls_token|dist_token)$/;

/** Weight decay for matrices and kernels, none for norms, biases and positions; each parameter's share of the rate. */
export function segmentsOf(step: TrainingStep, weightDecay: number, rateOf?: (name: string) => number): Segment[] {
  return Object.entries(step.params.tensors).map(([name, t]) => {
    const start = step.params.offsets.get(name)!;
    const decays = t.shape.length > 1 && !undecayed.test(name);
    const scale = rateOf?.(name);
    return {
      start,
      end: start + t.data.length,
      weightDecay: decays ? weightDecay : 0,
      ...(scale !== undefined && { scale }),
    };
  });
}

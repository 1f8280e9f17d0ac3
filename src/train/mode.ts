import { readAttributes } from '../graph/attributes.ts';
import { mul, sub } from '../graph/build.ts';
import { type Dim, mulDim, productOf } from '../graph/dim.ts';
import { nameOf } from '../graph/graph.ts';
import { applyLike } from '../graph/op.ts';
import { rebuild } from '../graph/rewrite.ts';
import { input, type Node, type Value } from '../graph/value.ts';
import type { Draw } from '../tasks/objective.ts';

/** A running statistic and the batch's value that it moves towards. */
export interface Statistic {
  /** The parameter's name, e.g. `stem.norm1.running_mean`. */
  readonly name: string;
  readonly batch: Value;
  /** Elements that one batch value was taken over; a variance is corrected by n / (n − 1), as PyTorch does. */
  readonly count: Dim;
  readonly kind: 'mean' | 'variance';
}

export interface TrainingForm {
  /** The given values, in training mode. */
  readonly values: ReadonlyMap<Value, Value>;
  /** Masks of what is dropped. */
  readonly draws: readonly Draw[];
  readonly statistics: readonly Statistic[];
}

/**
 * The training form of a model graph: batch normalisation over parameters that are trained uses the batch's statistics, and every
 * drop marker becomes a product with a mask input. Normalisations whose scale `keeps` names use their running statistics, trained or not. Inference is the graph as it was built.
 */
export function trainingForm(
  roots: readonly Value[],
  trainable: (name: string) => boolean = () => true,
  keeps: (name: string) => boolean = () => false,
): TrainingForm {
  const masks: Draw[] = [];
  const statistics: Statistic[] = [];
  const values = rebuild(roots, {
    node: (node, inputs) => {
      if (node.op === 'Dropout') return [dropped(node, inputs[0]!, masks)];
      if (node.op === 'BatchNormalization' && isTrained(node, trainable, keeps))
        return batchNormalized(node, inputs, statistics);
      return undefined;
    },
  });
  return { values, draws: masks, statistics };
}

function dropped(node: Node, x: Value, masks: Draw[]): Value {
  const attrs = readAttributes('Dropout', node.attrs);
  const { shape } = x.type;
  const maskShape = attrs.string('kind') === 'path' ? [shape[0]!, ...shape.slice(1).map(() => 1)] : shape;
  const mask = {
    name: `mask:${masks.length}`,
    shape: maskShape,
    from: { kind: 'mask', rate: attrs.float('rate') },
  } as const;
  masks.push(mask);
  return mul(x, input(mask.name, 'float32', maskShape));
}

/**
 * A batch normalisation whose scale is frozen keeps its running statistics, and so does one of a shared backbone; one that standardises
 * weights never had any.
 */
function isTrained(node: Node, trainable: (name: string) => boolean, keeps: (name: string) => boolean): boolean {
  if (node.attrs.training_mode === 1) return false;
  const scale = node.inputs[1];
  return changes(scale, trainable) && !keeps(nameOf(scale!)!);
}

function batchNormalized(node: Node, inputs: readonly (Value | undefined)[], statistics: Statistic[]): Value[] {
  // With momentum 0 the running statistics are not used, but ONNX Runtime writes the new ones over them in place: give it
  // two vectors to write over that are nobody's (and that differ, or they would become one).
  const scale = inputs[1]!;
  const operands = [inputs[0], scale, inputs[2], mul(scale, 0), sub(scale, scale)];
  const outputs = applyLike({ op: node.op, attrs: { ...node.attrs, training_mode: 1, momentum: 0 } }, operands);
  const { shape } = node.inputs[0]!.type;
  const count = mulDim(shape[0]!, productOf(shape.slice(2)));
  const [mean, variance] = [nameOf(node.inputs[3]!)!, nameOf(node.inputs[4]!)!];
  statistics.push({ name: mean, batch: outputs[1]!, count, kind: 'mean' });
  statistics.push({ name: variance, batch: outputs[2]!, count, kind: 'variance' });
  return outputs;
}

/** Whether a value is a parameter that is trained. */
export const changes = (v: Value | undefined, trainable: (name: string) => boolean): boolean =>
  v?.origin.kind === 'param' && v.origin.role === 'trainable' && trainable(v.origin.name);

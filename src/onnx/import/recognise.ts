import { sameShape } from '../../graph/dim.ts';
import { applyLike } from '../../graph/op.ts';
import { rebuild } from '../../graph/rewrite.ts';
import type { Value } from '../../graph/value.ts';
import { activation } from './recognise/activations.ts';
import { neutral, restored, transposed } from './recognise/layout.ts';
import { groupNorm, layerNorm, rmsNorm } from './recognise/norms.ts';
import { logSoftmax, softmax, softmaxAcross } from './recognise/softmax.ts';

/** Which recognisers look at the result of which operator. */
const recognisers: Record<string, readonly ((y: Value) => Value | undefined)[]> = {
  Add: [neutral, layerNorm, groupNorm],
  Sub: [neutral, logSoftmax],
  Mul: [neutral, layerNorm, rmsNorm, softmax, activation],
  Div: [neutral, layerNorm, softmax, activation],
  Log: [logSoftmax],
  Transpose: [softmaxAcross, transposed],
  Reshape: [restored],
  Flatten: [restored],
  Squeeze: [restored],
  Unsqueeze: [restored],
};

/**
 * Puts one operator in the place of many where exporters wrote a function out: GELU (erf and tanh), SiLU, hard swish, hard sigmoid,
 * Mish, softmax and its logarithm, layer and RMS normalisation; joins transposes. Returns the map from old values to new.
 */
export function recognise(roots: readonly Value[]): Map<Value, Value> {
  return rebuild(roots, {
    node: (node, inputs) => {
      const candidates = recognisers[node.op];
      if (!candidates) return undefined;
      const unchanged = inputs.every((v, i) => v === node.inputs[i]);
      const made = unchanged ? node.outputs : applyLike(node, inputs);
      const y = made[0]!;
      for (const look of candidates) {
        const found = look(y);
        if (found && found.type.dtype === y.type.dtype && sameShape(found.type.shape, y.type.shape)) return [found];
      }
      return made;
    },
  });
}

import { gradients } from '../../../autodiff/gradients.ts';
import { type Random, random } from '../../../base/random.ts';
import { f32, sizeOf, type Tensor } from '../../../base/tensor.ts';
import { lower } from '../../../onnx/lower.ts';
import { add, gelu, matmul, mul, reduceMean, reshape, sigmoid, transpose } from '../../build.ts';
import { cleanUp } from '../../cleanup.ts';
import { type Graph, graph } from '../../graph.ts';
import { input, type Value } from '../../value.ts';

/** A training step of a random small network, in printed operators, and what it is fed. */
export function randomStep(
  seed: number,
  layers: number,
): { readonly g: Graph; readonly feeds: Record<string, Tensor> } {
  const rng = random(seed, 'step');
  const pick = <T>(all: readonly T[]) => all[rng.below(all.length)]!;
  const [rows, width] = [4, 8];
  const weights = Array.from({ length: 1 + rng.below(layers) }, (_, i) => input(`w${i}`, 'float32', [width, width]));
  const made: Value[] = [input('x', 'float32', [rows, width])];
  const forms: (() => Value)[] = [
    () => matmul(pick(made), pick(weights)),
    () => sigmoid(pick(made)),
    () => gelu(pick(made)),
    () => mul(pick(made), pick(made)),
    () => add(pick(made.slice(-3)), pick(made)),
    () => reshape(transpose(reshape(pick(made), [rows, 2, width / 2]), [0, 2, 1]), [rows, width]),
  ];
  for (let i = 0; i < layers; i++) made.push(pick(forms)());
  for (const w of weights) made.push(add(matmul(made.at(-1)!, w), pick(made)));
  const loss = reduceMean(mul(made.at(-1)!, sigmoid(made.at(-1)!)), undefined, false);
  const outputs: Record<string, Value> = { loss, logits: made[Math.floor(made.length / 2)]! };
  gradients(loss, weights).forEach((v, i) => {
    outputs[`grad:w${i}`] = v;
  });
  const g = lower(cleanUp(graph(outputs)), 'ort');
  return { g, feeds: Object.fromEntries(g.inputs.map((v) => [nameOfInput(v), drawn(v, rng)])) };
}

const nameOfInput = (v: Value) => (v.origin.kind === 'input' ? v.origin.name : '');

function drawn(v: Value, rng: Random): Tensor {
  const shape = v.type.shape as readonly number[];
  return f32(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => 0.4 * rng.normal()),
  );
}

export const isGradient = (output: string) => output.startsWith('grad:');

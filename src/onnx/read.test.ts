import { describe, expect, it } from 'vitest';
import { gradients } from '../autodiff/gradients.ts';
import type { Tensor } from '../base/tensor.ts';
import { graph, nameOf, roleOf } from '../graph/graph.ts';
import { input, type Value } from '../graph/value.ts';
import { createModel } from '../models/registry.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { crossEntropy } from '../tasks/cross-entropy.ts';
import { formulaInput, formulaWeights } from '../testing/formula.ts';
import { trainingForm } from '../train/mode.ts';
import type { Target } from './lower.ts';
import { toOnnx } from './print.ts';
import { fromOnnx } from './read.ts';
import { decodeModel, encodeModel } from './wire/model.ts';

/** What we write, we read: the same graph again, and bit for bit the same outputs. */
const runtime = await nativeRuntime();
const small = { stem: 8, widths: [8, 16, 24, 32], layout: 'C|CT|CT|CT', headDim: 8, act: 'silu', seRatio: 0.25 };

async function run(bytes: Uint8Array, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
  // Without the runtime's own optimisation, which may differ with the order of equal nodes.
  const program = await runtime.load(bytes, { optimize: 'none' });
  const out = await program.run(feeds);
  await program.close();
  return out;
}

function sameBits(a: Record<string, Tensor>, b: Record<string, Tensor>) {
  expect(Object.keys(b)).toEqual(Object.keys(a));
  for (const [name, t] of Object.entries(a)) expect(b[name]!.data, name).toEqual(t.data);
}

describe.each(['standard', 'ort'] as Target[])('an AsCAN written for target %s', (target) => {
  const model = createModel('ascan-nano', { size: [40, 33], classes: 5 }, small);
  const g = graph({ logits: model.logits, features: model.stages[1]!.value });
  const constants = formulaWeights(g);
  const feeds = { image: formulaInput('input', [3, 3, 40, 33]) };

  it('is read into a graph that is written again and computes the same bits', async () => {
    const first = encodeModel(toOnnx(g, { target, constants }));
    // Functions that we wrote out stay written out: recognising them again would compute them by other kernels.
    const read = fromOnnx(decodeModel(first), { recognise: false });
    expect(read.graph.inputs.map((i) => i.type.shape)).toEqual([['N', 3, 40, 33]]);
    sameBits(
      await run(first, feeds),
      await run(encodeModel(toOnnx(read.graph, { target, constants: read.weights })), feeds),
    );
  });

  it('gives its parameters back by name', () => {
    const written = decodeModel(encodeModel(toOnnx(g, { target, constants })));
    const names = g.params.filter((p) => roleOf(p) === 'trainable').map((p) => nameOf(p)!);
    const { weights, graph: read } = fromOnnx(written, { parameters: names });
    const found = read.params.filter((p) => roleOf(p) === 'trainable').map((p) => nameOf(p)!);
    expect(found.sort()).toEqual([...names].sort());
    for (const name of names) expect(weights.get(name)!.data, name).toEqual(constants.get(name)!.data);
  });
});

it('reads a training step back, gradients and all', async () => {
  const model = createModel('ascan-nano', { size: 32, classes: 3 }, small);
  const loss = crossEntropy(model.logits, input('targets', 'float32', ['N', 3]));
  const { values } = trainingForm([loss]);
  const trained = values.get(loss)!;
  const params = graph({ loss: trained }).params.filter((p) => roleOf(p) === 'trainable');
  const outputs: Record<string, Value> = { loss: trained };
  gradients(trained, params).forEach((g, i) => {
    outputs[`grad:${nameOf(params[i]!)}`] = g;
  });
  const step = graph(outputs);
  const first = encodeModel(toOnnx(step, { target: 'ort' }));
  const read = fromOnnx(decodeModel(first), { recognise: false }).graph;
  const feeds: Record<string, Tensor> = {
    image: formulaInput('input', [2, 3, 32, 32]),
    targets: { dtype: 'float32', shape: [2, 3], data: Float32Array.of(0, 1, 0, 1, 0, 0) },
    ...Object.fromEntries(formulaWeights(step)),
  };
  const wanted = Object.fromEntries(read.inputs.map((i) => [nameOf(i)!, feeds[nameOf(i)!]!]));
  sameBits(await run(first, wanted), await run(encodeModel(toOnnx(read, { target: 'ort' })), wanted));
});

import { describe, expect, it } from 'vitest';
import { gradients } from '../autodiff/gradients.ts';
import { f32, type Tensor, tensor } from '../base/tensor.ts';
import { cleanUp } from '../graph/cleanup.ts';
import { graph, nameOf, roleOf } from '../graph/graph.ts';
import { halfBits } from '../graph/ops/host.ts';
import { input, type Value } from '../graph/value.ts';
import { deviation, runFile, runImported, runtime } from '../onnx/import/testing/compare.ts';
import { fileNames, modelFile } from '../onnx/import/testing/files.ts';
import { fromOnnx } from '../onnx/read.ts';
import { encodeModel } from '../onnx/wire/model.ts';
import { compile } from '../runtime/runtime.ts';
import { crossEntropy } from '../tasks/classify/cross-entropy.ts';
import { formulaInput } from '../testing/formula.ts';
import { trainingForm } from '../train/mode.ts';
import { type ImportedModel, importedModel } from './testing/imported-model.ts';

/** Models that PyTorch's two exporters and tf2onnx wrote (reference/import), against ONNX Runtime on the files themselves. */
describe.each(fileNames)('%s', (name) => {
  const model = modelFile(name);
  const bytes = encodeModel(model);
  const info = model.graph.input[0]!;
  const type = info.type?.kind === 'tensor' ? info.type : undefined;
  const half = type?.elemType === 10;
  const shape = type!.shape!.map((d) => d.dimValue ?? 2);
  const image = formulaInput('image', shape);
  const tolerance = half ? 5e-3 : 1e-5;
  const fed = (t: Tensor<'float32'>): Tensor =>
    half ? tensor('float16', t.shape, Uint16Array.from(t.data, halfBits)) : t;
  const [output] = model.graph.output;

  it('gives the outputs of the file, as constants and as parameters', async () => {
    const expected = await runFile(bytes, { [info.name]: fed(image) });
    const imported = fromOnnx(model);
    const trained = fromOnnx(model, { parameters: true });
    for (const g of [imported, trained]) {
      const actual = await runImported(g, { [info.name]: image });
      expect(deviation(actual[output!.name]!, expected[output!.name]!)).toBeLessThan(tolerance);
    }
    expect(trained.graph.params.length).toBe(trained.weights.size);
    expect(trained.weights.size).toBeGreaterThan(10);
    // Nothing of the shape arithmetic is left but, where the batch is open, what repeats a token for each image.
    const shapes = imported.graph.nodes.filter((n) =>
      ['Shape', 'Gather', 'ConstantOfShape', 'Range', 'If'].includes(n.op),
    );
    expect(shapes.map((n) => n.op).join()).toMatch(/^(Shape)?(,?Gather)*$/);
    // Attention is put in terms of products; everything else only gets less.
    const attention = model.graph.node.filter((n) => n.opType === 'Attention').length;
    expect(imported.graph.nodes.length).toBeLessThanOrEqual(model.graph.node.length + 4 * attention);
  });

  it.skipIf(name.startsWith('detector'))('is a model that takes any batch, and learns', async () => {
    const m = importedModel(model, { parameters: true });
    expect(m.image.type.shape).toEqual(['N', m.channels, ...m.size]);
    expect(m.logits.type.shape).toEqual(['N', 5]);
    await expectBatch(m);
    await expectStep(m);
  });

  /** Two images at once give what the file gives for each. */
  async function expectBatch(m: ImportedModel): Promise<void> {
    const [h, w] = m.size;
    const pair = formulaInput('pair', [2, m.channels, h, w]);
    const answer = graph({ logits: m.restore(m.logits) });
    const program = await compile(runtime, answer, { target: 'standard', constants: m.weights });
    const { logits } = await program.run({ image: pair });
    await program.close();
    const size = m.channels * h * w;
    for (const i of [0, 1]) {
      const one = f32([1, m.channels, h, w], pair.data.slice(i * size, (i + 1) * size));
      const last = shape[3] === m.channels;
      const expected = (await runFile(bytes, { [info.name]: fed(last ? channelsLast(one) : one) }))[output!.name]!;
      const row = f32([1, 5], (logits!.data as Float32Array).slice(i * 5, i * 5 + 5));
      expect(deviation(row, half ? f32([1, 5], toFloats(expected)) : expected)).toBeLessThan(tolerance);
    }
  }
});

const toFloats = (t: Tensor) => Float32Array.from(t.data as Uint16Array, (v) => halfValue(v));
const halfValue = (bits: number) => {
  const size =
    (bits >> 10) & 31 ? (1 + (bits & 1023) / 1024) * 2 ** (((bits >> 10) & 31) - 15) : (bits & 1023) * 2 ** -24;
  return bits & 0x8000 ? -size : size;
};

function channelsLast(t: Tensor<'float32'>): Tensor<'float32'> {
  const [n, c, h, w] = t.shape as [number, number, number, number];
  const out = f32([n, h, w, c]);
  t.data.forEach((v, i) => {
    out.data[(i % (h * w)) * c + Math.floor(i / (h * w))] = v;
  });
  return out;
}

/** Every parameter has a gradient, and a step against it lowers the loss. */
async function expectStep(m: ImportedModel): Promise<void> {
  const targets = input('targets', 'float32', ['N', m.classes]);
  const loss = crossEntropy(m.logits, targets);
  const { values, draws } = trainingForm([loss]);
  expect(draws).toEqual([]);
  const training = values.get(loss)!;
  const params = graph({ training }).params.filter((p) => roleOf(p) === 'trainable');
  const outputs: Record<string, Value> = { loss: training };
  gradients(training, params).forEach((g, i) => {
    outputs[`grad:${nameOf(params[i]!)}`] = g;
  });
  const program = await compile(runtime, cleanUp(graph(outputs)), { optimize: 'basic' });
  const image = formulaInput('image', [3, m.channels, ...m.size]);
  const feeds = { image, targets: f32([3, m.classes], oneHot([0, 2, 4], m.classes)), ...Object.fromEntries(m.weights) };
  const before = await program.run(feeds);
  const grads = params.map((p) => before[`grad:${nameOf(p)}`]!.data as Float32Array);
  const norm = grads.reduce((sum, g) => sum + g.reduce((a, v) => a + v * v, 0), 0);
  expect(Number.isFinite(norm) && norm > 0).toBe(true);
  const value = (t: Tensor) => Number(t.data[0]);
  // As long as the gradient says that the loss falls by 2 %.
  const step = (0.02 * value(before.loss!)) / norm;
  const moved = Object.fromEntries(
    params.map((p, i) => {
      const t = m.weights.get(nameOf(p)!)!;
      return [
        nameOf(p)!,
        f32(
          t.shape,
          t.data.map((v, k) => v - step * grads[i]![k]!),
        ),
      ];
    }),
  );
  const after = await program.run({ ...feeds, ...moved });
  await program.close();
  expect(value(after.loss!)).toBeLessThan(value(before.loss!));
}

function oneHot(labels: readonly number[], classes: number): Float32Array {
  const data = new Float32Array(labels.length * classes);
  labels.forEach((label, i) => {
    data[i * classes + label] = 1;
  });
  return data;
}

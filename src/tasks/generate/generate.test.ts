import { expect, it } from 'vitest';
import { random } from '../../base/random.ts';
import { f32, type Tensor } from '../../base/tensor.ts';
import { processes } from '../../diffusion/processes/index.ts';
import { graph } from '../../graph/graph.ts';
import { createDenoiser } from '../../models/denoisers.ts';
import { createModel } from '../../models/registry.ts';
import { initialValues } from '../../nn/init.ts';
import { adamW } from '../../optim/optimizer.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { wasmRuntime } from '../../runtime/node/wasm.ts';
import { compile, type Runtime } from '../../runtime/runtime.ts';
import { trainingGraph } from '../../train/graph.ts';
import { trainingStep } from '../../train/step.ts';
import { generate } from './generate.ts';

const size = 8;
const make = () =>
  createDenoiser(
    'ascan-unet-nano',
    { size, classes: 2 },
    { patch: 1, widths: [8, 16], layout: 'C|T', headDim: 8, condition: 16 },
  );
const context = { classes: 2, counts: [1, 1] };

it.each(processes.map(({ name }) => name))('%s: a step has a loss near one at first, and learns', async (process) => {
  const model = make();
  const options = { process };
  const network = generate.network(model, options);
  const tg = trainingGraph(generate.objective(network, { ...context, options }));
  expect(tg.draws.map((d) => d.name).sort()).toEqual(['moment', 'noise', 'untold']);
  const weights = initialValues(graph(network.outputs), 1);
  const step = await trainingStep(await nativeRuntime(), tg, weights, { threads: 1 });
  const n = 16;
  // Class 0 is dark, class 1 light: what is to be learnt is one number.
  const labels = f32(
    [n, 1],
    Array.from({ length: n }, (_, i) => i % 2),
  );
  const image = f32([n, 3, size, size]);
  image.data.forEach((_, i) => {
    image.data[i] = Math.floor(i / (3 * size * size)) % 2 === 0 ? -0.5 : 0.5;
  });
  const optimizer = adamW(step.params.length, [{ start: 0, end: step.params.length, weightDecay: 0 }]);
  const losses: number[] = [];
  for (let i = 0; i < 60; i++) {
    const { loss, outputs } = await step.run({ image, labels }, n, 0, i);
    expect(outputs.each!.shape).toEqual([n]);
    optimizer.step(step.params.values, step.grads.values, 3e-3, i + 1);
    losses.push(loss);
  }
  await step.close();
  const mean = (from: number, to: number) => losses.slice(from, to).reduce((a, b) => a + b, 0) / (to - from);
  expect(mean(50, 60)).toBeLessThan(0.75 * mean(0, 5));
});

const pictures = async (runtime: Runtime, making: object) => {
  const network = generate.network(make(), {});
  const g = graph(generate.ship.outputs(network, {}));
  const rng = random(5, 'weights');
  const weights = new Map<string, Tensor<'float32'>>(
    [...initialValues(g, 5)].map(([name, t]) => [
      name,
      f32(
        t.shape,
        t.data.map((v) => v + 0.05 * rng.normal()),
      ),
    ]),
  );
  const program = await compile(runtime, g, { constants: weights, target: 'standard' });
  expect([...program.inputs].sort()).toEqual(['image', 'label', 'time']);
  const { pictures: made, evaluations } = await generate.makes!.make(
    { look: (feeds) => program.run(feeds) },
    [{ label: 1, seed: 3 }, { seed: 4 }],
    { shape: [3, size, size], classes: 2, options: {}, making },
  );
  await program.close();
  return { data: made.data, evaluations };
};

it('makes the same pictures on native ONNX Runtime and in WASM', { timeout: 60_000 }, async () => {
  const making = { steps: 6, guidance: 2, sampler: 'heun' };
  const native = await pictures(await nativeRuntime(), making);
  const wasm = await pictures(await wasmRuntime({ threads: 1 }), making);
  expect(native.evaluations).toBe(22);
  expect(new Set(native.data).size).toBeGreaterThan(100);
  native.data.forEach((v, i) => {
    expect(Math.abs(v - wasm.data[i]!)).toBeLessThan(1e-3);
  });
});

it('judges with noise that is always the same, time by time', async () => {
  const network = generate.network(make(), {});
  const g = graph(network.outputs);
  const program = await compile(await nativeRuntime(), g, { constants: initialValues(g, 0) });
  const batch = { image: f32([2, 3, size, size]), labels: f32([2, 1], [0, 1]) };
  const [a, b] = [await program.run(batch), await program.run(batch)];
  await program.close();
  expect(Object.keys(a)).toEqual(['error@0.2', 'error@0.5', 'error@0.8', 'error@0.95']);
  expect(a).toEqual(b);
  const meter = generate.meter({ classes: ['a', 'b'] });
  meter.add(a, {
    ...{ images: batch.image, targets: {}, truths: [0, 1], placements: [] },
    ...{ indices: Uint32Array.of(0, 1), views: Uint32Array.of(1, 1) },
  });
  // A network that predicts nothing yet, of grey pictures: the error is the noise's own.
  expect(meter.figures().loss).toBeCloseTo(1, 0);
  expect(generate.evaluation.parse(meter.evaluation('val')).times.map((t) => t.time)).toEqual([0.2, 0.5, 0.8, 0.95]);
});

it('says which models make pictures', () => {
  expect(() => generate.network(createModel('ascan-nano', { size: 64, classes: 2 }), {})).toThrow(
    /answers about pictures and makes none: take one of ascan-unet-nano/,
  );
});

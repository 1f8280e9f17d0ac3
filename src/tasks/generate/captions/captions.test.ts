import { expect, it } from 'vitest';
import { f32 } from '../../../base/tensor.ts';
import { graph } from '../../../graph/graph.ts';
import { createDenoiser } from '../../../models/denoisers.ts';
import { initialValues } from '../../../nn/init.ts';
import { adamW } from '../../../optim/optimizer.ts';
import { captionReader, tokensOf } from '../../../run/caption-reader.ts';
import { nativeRuntime } from '../../../runtime/node/native.ts';
import { wasmRuntime } from '../../../runtime/node/wasm.ts';
import { compile, type Runtime } from '../../../runtime/runtime.ts';
import { learnTokenizer } from '../../../text/learn-tokenizer.ts';
import { openTokenizer } from '../../../text/tokenizer.ts';
import { trainingGraph } from '../../../train/graph.ts';
import { trainingStep } from '../../../train/step.ts';
import { generate } from '../generate.ts';

const size = 8;
const captions = ['a red light', 'a dark night', 'two red lights', 'a green light'];
/** Red, green and blue of each caption's picture, −0.5 … 0.5 as it is normalised. */
const colours = [
  [0.5, -0.5, -0.5],
  [-0.5, -0.5, -0.5],
  [0.5, -0.5, 0.5],
  [-0.5, 0.5, -0.5],
];
const tokenizer = openTokenizer(learnTokenizer(captions, 300));
const length = 8;
const settle = (options: Readonly<Record<string, unknown>>) =>
  generate.captioned!.settle(options, { length, vocabulary: tokenizer.size });
const make = () =>
  createDenoiser(
    'ascan-unet-nano',
    { size, classes: 1 },
    {
      ...{ patch: 1, widths: [16, 32], layout: 'C|T', headDim: 16, condition: 32 },
    },
  );

/** Pictures of these captions, one after the other. */
const picturesOf = (which: readonly number[]) => {
  const image = f32([which.length, 3, size, size]);
  which.forEach((k, i) => {
    for (let c = 0; c < 3; c++) image.data.fill(colours[k]![c]!, (3 * i + c) * size ** 2, (3 * i + c + 1) * size ** 2);
  });
  return image;
};
const told = (which: readonly number[]) => {
  const { ids, mask } = tokensOf(
    tokenizer,
    which.map((k) => captions[k]!),
    length,
  );
  return { tokens: f32(ids.shape, Array.from(ids.data, Number)), mask };
};

it.each([{}, { textQuery: true, textDepth: 1 }])(
  'is less wrong with the right caption than with a wrong one after few steps (%o)',
  { timeout: 120_000 },
  async (asked) => {
    const options = settle({ textWidth: 32, ...asked });
    const network = generate.network(make(), options);
    const runtime = await nativeRuntime();
    const tg = trainingGraph(generate.objective(network, { classes: 1, counts: [], options }));
    expect(tg.draws.map((d) => d.name).sort()).toEqual(['moment', 'noise']);
    const weights = initialValues(graph(network.outputs), 1);
    const first = new Map([...weights].map(([name, t]) => [name, Float32Array.from(t.data)]));
    const step = await trainingStep(runtime, tg, weights, { threads: 1 });
    const which = Array.from({ length: 16 }, (_, i) => i % 4);
    const batch = { image: picturesOf(which), ...told(which) };
    const optimizer = adamW(step.params.length, [{ start: 0, end: step.params.length, weightDecay: 0 }]);
    for (let i = 0; i < 150; i++) {
      await step.run(batch, which.length, 0, i);
      optimizer.step(step.params.values, step.grads.values, 3e-3, i + 1);
    }
    const trained = new Map(
      Object.entries(step.params.tensors).map(([name, t]) => [name, f32(t.shape, Float32Array.from(t.data))]),
    );
    await step.close();
    for (const name of ['text_encoder.token_embed.weight', 'text_encoder.norm.weight'])
      expect([...trained.get(name)!.data], name).not.toEqual([...first.get(name)!]);
    const program = await compile(runtime, graph(network.outputs), { constants: trained });
    const errors = async (of: readonly number[]) => {
      const out = await program.run({ image: picturesOf([0, 1, 2, 3]), ...told(of) });
      return Array.from(out['error@0.95']!.data, Number);
    };
    const [right, wrong] = [await errors([0, 1, 2, 3]), await errors([1, 2, 3, 0])];
    await program.close();
    right.forEach((error, i) => {
      expect(error, captions[i]).toBeLessThan(0.9 * wrong[i]!);
    });
  },
);

const made = async (runtime: Runtime, texts: readonly string[]) => {
  const options = settle({ textWidth: 32 });
  const network = generate.network(make(), options);
  const g = graph(generate.ship.outputs(network, {}));
  const own = generate.captioned!.encoder(network)!;
  // Whose last layers begin at zero would give the same for every caption.
  const loud = (of: typeof g) =>
    new Map(
      [...initialValues(of, 5)].map(([name, t], k) => [
        name,
        f32(
          t.shape,
          t.data.map((v, i) => v + 0.1 * Math.sin(i * (k + 1))),
        ),
      ]),
    );
  const program = await compile(runtime, g, { constants: loud(g), target: 'standard' });
  expect([...program.inputs].sort()).toEqual(['image', 'mask', 'pooled', 'text', 'time']);
  const encoder = await compile(runtime, own, { constants: loud(own), target: 'standard' });
  const reader = captionReader(tokenizer, encoder, { length, width: 32 });
  const { pictures, evaluations } = await generate.makes!.make(
    { look: (feeds) => program.run(feeds) },
    texts.map((text) => ({ text, seed: 3 })),
    {
      ...{ shape: [3, size, size], classes: 0, options, making: { steps: 4, guidance: 2 } },
      read: (asked) => reader.read(asked),
    },
  );
  await program.close();
  await reader.close();
  return { data: pictures.data, evaluations };
};

it('makes the same pictures of texts natively and in WASM, others of other texts', { timeout: 60_000 }, async () => {
  const texts = ['a red light', 'a dark night', ''];
  const native = await made(await nativeRuntime(), texts);
  const wasm = await made(await wasmRuntime({ threads: 1 }), texts);
  expect(native.evaluations).toBe(8);
  native.data.forEach((v, i) => {
    expect(Math.abs(v - wasm.data[i]!)).toBeLessThan(2e-3);
  });
  const each = native.data.length / 3;
  const distance = (a: number, b: number) => {
    const [x, y] = [a, b].map((i) => native.data.subarray(i * each, (i + 1) * each));
    return x!.reduce((most, v, i) => Math.max(most, Math.abs(v - y![i]!)), 0);
  };
  expect(Math.min(distance(0, 1), distance(0, 2), distance(1, 2))).toBeGreaterThan(0.02);
});

it('reads captions that come read already with the encoder left out of the network', () => {
  const options = generate.captioned!.settle({}, { length, vocabulary: 99, width: 24 });
  const network = generate.network(make(), options);
  const { inputs, params } = graph(network.outputs);
  expect(inputs.map((v) => (v.origin.kind === 'input' ? v.origin.name : '')).sort()).toEqual([
    'image',
    'mask',
    'pooled',
    'text',
  ]);
  expect(params.some((p) => p.origin.kind === 'param' && p.origin.name.startsWith('text_encoder'))).toBe(false);
  expect(generate.captioned!.encoder(network)).toBeUndefined();
  expect(() => generate.network(createDenoiser('ascan-unet-nano', { size: 32 }, { layout: 'C|C|C' }), options)).toThrow(
    /captions are read by T blocks, and ascan-unet-nano has none/,
  );
});

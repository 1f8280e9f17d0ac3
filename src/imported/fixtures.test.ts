import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { f32, type Tensor } from '../base/tensor.ts';
import { decodeImage } from '../data/node/decode.ts';
import { preprocess, preprocessing } from '../data/preprocess.ts';
import { graph, roleOf } from '../graph/graph.ts';
import { fill, numbersOf } from '../graph/ops/host.ts';
import type { Value } from '../graph/value.ts';
import { classifier, type Model } from '../models/model.ts';
import { deviation, runFile, runtime } from '../onnx/import/testing/compare.ts';
import { fileNames, modelFile } from '../onnx/import/testing/files.ts';
import type { Model as OnnxModel } from '../onnx/wire/messages.ts';
import { encodeModel } from '../onnx/wire/model.ts';
import { compile } from '../runtime/runtime.ts';
import { formulaInput } from '../testing/formula.ts';
import { importFolder } from './node/import-folder.ts';
import { openImported } from './node/open-imported.ts';
import { fixturePath, temporaryFolder, trainingExport } from './testing/folder.ts';
import { fewSteps } from './testing/training.ts';

const folder = temporaryFolder();

/** What ONNX Runtime gives for each image when it runs the file as it is. */
async function fileLogits(file: OnnxModel, image: Tensor<'float32'>): Promise<Tensor<'float32'>> {
  const [info] = file.graph.input;
  const type = info!.type?.kind === 'tensor' ? info!.type : undefined;
  const last = type!.shape![3]!.dimValue === image.shape[1];
  const [n, c, h, w] = image.shape as [number, number, number, number];
  const each = c * h * w;
  const rows: number[] = [];
  for (let k = 0; k < n; k++) {
    const at = (i: number) => {
      const from = last ? (i % c) * h * w + Math.floor(i / c) : i;
      return image.data[k * each + from]!;
    };
    const fed = fill(type!.elemType === 10 ? 'float16' : 'float32', last ? [1, h, w, c] : [1, c, h, w], at);
    const [logits] = Object.values(await runFile(encodeModel(file), { [info!.name]: fed }));
    rows.push(...Array.from(numbersOf(logits!)));
  }
  return f32([n, rows.length / n], rows);
}

async function logitsOf(
  model: Model,
  weights: ReadonlyMap<string, Tensor>,
  image: Tensor,
  restore: (logits: Value) => Value = (v) => v,
) {
  const y = restore(model.logits);
  const program = await compile(runtime, graph({ y }), { target: 'standard', constants: weights });
  try {
    return (await program.run({ image })).y!;
  } finally {
    await program.close();
  }
}

/** Six noisy pictures in three colours, or three greys where there are none. */
function tinted({ channels, size }: Model): Tensor<'float32'> {
  const [h, w] = size;
  const image = formulaInput('six', [6, channels, h, w]);
  image.data.forEach((v, i) => {
    const kind = Math.floor(i / (channels * h * w)) % 3;
    const channel = Math.floor(i / (h * w)) % channels;
    image.data[i] = 0.5 * v + (channels === 1 ? 2 * kind - 2 : channel === kind ? 2 : -1);
  });
  return image;
}

/** The detector is none; it is cut in import.test.ts. */
const importable = fileNames.filter((name) => !name.startsWith('detector'));

describe.each(importable)('%s', (name) => {
  const out = join(folder, name);

  it('opens with the very logits of the file', async () => {
    const { record, agreement, draft } = await importFolder(fixturePath(name), out, { runtime });
    const half = name.endsWith('half');
    expect(agreement).toHaveProperty('difference');
    const { model, weights } = await openImported(out, { channels: record.channels });
    expect(model).toMatchObject({ family: 'imported', name, classes: 5, channels: record.channels });
    expect(classifier(model).params.length).toBe(weights.size);
    const image = formulaInput('two', [2, model.channels, ...model.size]);
    const expected = await fileLogits(modelFile(name), image);
    const actual = await logitsOf(model, weights, image, draft.original.restore);
    expect(deviation(actual, expected)).toBeLessThan(half ? 5e-3 : 2e-5);
  });

  it('learns three classes with a new head', async () => {
    const { model, weights } = await openImported(out, { classes: 3 });
    const names = classifier(model).params.map((p) => (p.origin.kind === 'param' ? p.origin.name : ''));
    const fresh = names.filter((n) => !weights.has(n));
    expect(fresh.map((n) => n.replace(/^(new_)?head\d*/, 'head'))).toEqual(['head.weight', 'head.bias']);
    const image = tinted(model);
    const { losses, after } = await fewSteps(runtime, model, weights, image, {
      optimizer: 'adamw',
      lr: 0.01,
      steps: 30,
    });
    expect(losses.every(Number.isFinite)).toBe(true);
    // A new head on trained features holds every class as likely.
    expect(losses[0]).toBeCloseTo(Math.log(3), 5);
    // Steps over six pictures swing where a file's features hardly differ between them (keras-13: untrained).
    expect(Math.min(...losses.slice(-5))).toBeLessThan(0.97 * losses[0]!);
    // Not the head alone: what came with the file moves as well.
    const moved = [...after].filter(([n, t]) => weights.get(n)?.data.some((v, i) => v !== t.data[i]));
    expect(moved.length).toBeGreaterThan(0.5 * weights.size);
  });
});

it.each(['resnet-l13', 'convnext-d18', 'vit-l14', 'swin-l17'])(
  '%s learns by plain gradient descent too',
  async (name) => {
    const { model, weights } = await openImported(join(folder, name), { classes: 3 });
    const options = { optimizer: 'sgd', lr: 0.03, steps: 12 } as const;
    const { losses } = await fewSteps(runtime, model, weights, tinted(model), options);
    expect(losses.at(-1)).toBeLessThan(0.9 * losses[0]!);
  },
);

describe('a file that was exported in training mode', () => {
  const out = join(folder, 'training');

  it('becomes what PyTorch evaluates, and its statistics move again', async () => {
    const { record, agreement } = await importFolder(trainingExport, out, { runtime });
    expect(record.notes.join()).toMatch(/exported in training mode/);
    expect(agreement).toHaveProperty('difference');
    const { model, weights } = await openImported(out);
    const text = readFileSync(trainingExport.replace(/onnx$/, 'json'), 'utf8');
    const expected = f32([2, 5], (JSON.parse(text) as { logits: number[] }).logits);
    const actual = await logitsOf(model, weights, formulaInput('image', [2, 3, 64, 64]));
    expect(deviation(actual, expected)).toBeLessThan(2e-5);

    const roles = new Map(
      classifier(model).params.map((p) => [p.origin.kind === 'param' ? p.origin.name : '', roleOf(p)]),
    );
    expect(roles.get('layer1.0.bn1.weight')).toBe('trainable');
    // What blocks end in, not the narrow maps inside the next one.
    expect(model.stages.map((s) => [s.level, s.channels])).toEqual([
      [4, 16],
      [8, 16],
      [16, 24],
      [32, 32],
    ]);
    expect(roles.get('layer1.0.bn1.running_mean')).toBe('statistic');
    const image = formulaInput('six', [6, 3, 64, 64]);
    const { after } = await fewSteps(runtime, model, weights, image, { optimizer: 'sgd', lr: 0.01, steps: 1 });
    const [before, moved] = [weights, after].map((m) => m.get('layer1.0.bn1.running_mean')!.data);
    expect(moved!.every((v, i) => v !== before![i])).toBe(true);
  });
});

/** The file with its image size left open, so that ONNX Runtime takes any. */
function opened(file: OnnxModel): OnnxModel {
  const input = file.graph.input.map((i) =>
    i.type?.kind === 'tensor'
      ? { ...i, type: { ...i.type, shape: i.type.shape!.map((d, k) => (k > 1 ? { dimParam: `d${k}` } : d)) } }
      : i,
  );
  return { ...file, graph: { ...file.graph, input, valueInfo: [] } };
}

describe('another image size', () => {
  it.each([
    'resnet-l13',
    'densenet-l17',
    'shufflenet-l17',
    'mobilenetv3-l9',
    'regnet-l17',
    'convnext-d18',
    'efficientnet-d20',
  ])('%s computes what the file computes of it', async (name) => {
    const { model, weights } = await openImported(join(folder, name), { size: [96, 64] });
    expect(model.image.type.shape).toEqual(['N', 3, 96, 64]);
    const image = formulaInput('two', [2, 3, 96, 64]);
    const actual = await logitsOf(model, weights, image);
    expect(deviation(actual, await fileLogits(opened(modelFile(name)), image))).toBeLessThan(2e-5);
    for (const s of model.stages) expect(s.value.type.shape.slice(2)).toEqual([96 / s.level, 64 / s.level]);
  });

  it.each(['swin-l17', 'vit-l14', 'xcit-l17', 'hiera-l16'])('%s has its size built in, and says so', async (name) => {
    await expect(openImported(join(folder, name), { size: 96 })).rejects.toThrow(
      /its graph holds for that size only; for 96×96 import the original file again: yosegi import … --size 96x96/,
    );
  });
});

it('learns photographs of steel', async () => {
  const source = fileURLToPath(new URL('../../demo/data/x-sdd/images/', import.meta.url));
  const kinds = ['red-iron', 'slag-inclusion', 'surface-scratch'];
  const files = await Promise.all(
    kinds.map(async (k) =>
      (await readdir(join(source, k)))
        .sort()
        .slice(0, 4)
        .map((f) => join(source, k, f)),
    ),
  );
  const mixed = [0, 1, 2, 3].flatMap((i) => files.map((list) => list[i]!));
  const { model, weights, record } = await openImported(join(folder, 'resnet-l13'), { classes: 3 });
  const p = preprocessing({ ...record.preprocessing, cropMode: 'squash' });
  const pictures = await Promise.all(mixed.map(async (f) => decodeImage(f, { background: p.background })));
  const { losses } = await fewSteps(runtime, model, weights, preprocess(pictures, p), {
    optimizer: 'adamw',
    lr: 5e-3,
    steps: 25,
  });
  expect(losses.at(-1)).toBeLessThan(0.5 * losses[0]!);
});

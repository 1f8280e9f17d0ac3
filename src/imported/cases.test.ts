import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { f32 } from '../base/tensor.ts';
import { graph } from '../graph/graph.ts';
import { deviation, runFile, runtime } from '../onnx/import/testing/compare.ts';
import { readModelFile } from '../onnx/node/files.ts';
import { compile } from '../runtime/runtime.ts';
import { formulaInput } from '../testing/formula.ts';
import { buildImported } from './build.ts';
import { importModel } from './import.ts';
import { importFolder } from './node/import-folder.ts';
import { openImported } from './node/open-imported.ts';
import { temporaryFolder } from './testing/folder.ts';
import { fewSteps } from './testing/training.ts';

/** Small files that once went wrong (reference/import/cases), each with what PyTorch trains of it. */
const folder = temporaryFolder();
const path = (name: string) => fileURLToPath(new URL(`./fixtures/cases/${name}.onnx`, import.meta.url));
const imported = (name: string) => importFolder(path(name), join(folder, name), { runtime, force: true });

const standardised = ['stem.weight', 'stem.gain', 'stem.bias', 'fc.weight', 'fc.bias'];
const plain = ['c.weight', 'c.bias'];
const last = ['fc.weight', 'fc.bias'];

describe.each<[string, readonly string[]]>([
  ['bn-on-weights', standardised],
  ['bn-on-weights-train', standardised],
  ['bn-on-weights-computed-stats', standardised],
  ['slice-assign', [...plain, 'w', ...last]],
  ['pad-maxpool', ['stem.weight', 'stem.bias', ...last]],
  ['fourier-frequencies', [...plain, 'proj.weight', 'proj.bias', ...last]],
  ['relative-coordinates', [...plain, 'qk.kernel', 'qk.bias', 'l1.kernel', 'l1.bias', 'l2.kernel', 'l2.bias', ...last]],
  ['learned-scalars-and-norm-without-bias', [...plain, 'n.weight', 'scale', 'bias', ...last]],
  ['scalars-dynamo', [...plain, 'n.weight', 'scale', 'bias', ...last]],
  ['gem', [...plain, 'p', 'logit_scale', ...last]],
  ['matlab-padding', ['w1', 'b1', 'wf', 'bf']],
])('%s', (name, trained) => {
  it('trains what PyTorch trains, and is what the file is', async () => {
    const { record, agreement } = await imported(name);
    expect(
      record.parameters
        .filter((p) => p.role === 'trainable')
        .map((p) => p.name)
        .sort(),
    ).toEqual([...trained].sort());
    expect(record.parameters.filter((p) => p.role !== 'trainable')).toEqual([]);
    expect(record.notes).toEqual([]);
    expect('difference' in agreement && agreement.difference).toBeLessThan(1e-5);

    const { model, weights } = await openImported(join(folder, name), { classes: 3 });
    const image = formulaInput('six', [6, 3, ...model.size]);
    const { losses, after } = await fewSteps(runtime, model, weights, image, {
      optimizer: 'adamw',
      lr: 0.01,
      steps: 8,
    });
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
    // Through the new head everything that stays learns.
    for (const [n, t] of weights)
      expect(
        t.data.some((v, i) => v !== after.get(n)!.data[i]),
        n,
      ).toBe(true);
  });
});

it('takes no attention for a stage', async () => {
  expect(buildOf(await draftOf('relative-coordinates')).stages.map((s) => [s.stride, s.channels])).toEqual([
    [[16, 16], 8],
  ]);
});

const draftOf = async (name: string) => importModel((await readModelFile(path(name))).model);
const buildOf = (draft: Awaited<ReturnType<typeof draftOf>>) => buildImported(draft.onnx, draft);

it('holds a flattened map for one size only', async () => {
  const draft = await draftOf('any-size');
  expect(draft.anySize).toBe(false);
  expect(() => buildImported(draft.onnx, draft, { size: 64 })).toThrow(/its graph holds for that size only/);
  const { model } = await readModelFile(path('any-size'));
  expect(() => importModel(model, { size: 64 })).toThrow(/do not fit images of 64×64.*The file is made for 32×32/);
});

it('sees coloured pictures with one channel', async () => {
  const { record } = await imported('one-channel');
  expect(record.channels).toBe(1);
  expect(new Set(record.preprocessing.mean).size).toBe(1);
  const { model, weights } = await openImported(join(folder, 'one-channel'));
  expect(model).toMatchObject({ channels: 3 });
  const image = formulaInput('six', [6, 3, ...model.size]);
  const { losses } = await fewSteps(runtime, model, weights, image, { optimizer: 'adamw', lr: 0.01, steps: 5 });
  expect(losses.at(-1)).toBeLessThan(losses[0]!);
});

it('takes a Sigmoid off, and says so', async () => {
  const { record, agreement } = await imported('sigmoid-head');
  expect(record.notes.join()).toMatch(/the file ends in Sigmoid: it was taken off/);
  expect('difference' in agreement && agreement.difference).toBeLessThan(1e-5);
  const { model, weights } = await openImported(join(folder, 'sigmoid-head'));
  const image = formulaInput('five', [5, 3, ...model.size]);
  image.data.forEach((_, i) => {
    image.data[i]! += 2 * Math.sin(Math.floor(i / (3 * 32 * 32)) * 2 + (Math.floor(i / 1024) % 3));
  });
  const { losses } = await fewSteps(runtime, model, weights, f32(image.shape, image.data), {
    optimizer: 'adamw',
    lr: 0.03,
    steps: 60,
  });
  // Under a Sigmoid the loss of five classes cannot fall below 0.905.
  expect(losses.at(-1)).toBeLessThan(0.6);
});

describe.each(['quantized-qdq', 'quantized-operators'])('%s', (name) => {
  it('has its weights taken as floats, and answers as the file does but for its rounding', async () => {
    const { record, draft } = await imported(name);
    expect(record.notes.join()).toMatch(/it was quantised/);
    const trained = record.parameters.filter((p) => p.role === 'trainable').map((p) => p.name);
    expect(trained).toEqual(expect.arrayContaining(['conv1.weight', 'layer1.0.conv1.weight', 'fc.weight', 'fc.bias']));
    const image = formulaInput('two', [2, 3, 64, 64]);
    const { logits: expected } = await runFile(new Uint8Array(readFileSync(path(name))), { image });
    const { model, weights } = await openImported(join(folder, name));
    const program = await compile(runtime, graph({ y: model.logits }), { target: 'standard', constants: weights });
    const { y } = await program.run({ image });
    await program.close();
    expect(deviation(y!, expected!)).toBeLessThan(0.05);
    // A network without its ReLUs would be another.
    expect(draft.onnx.graph.node.filter((n) => n.opType === 'Relu').length).toBeGreaterThan(4);
  });
});

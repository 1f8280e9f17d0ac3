import { describe, expect, it } from 'vitest';
import { random } from '../../base/random.ts';
import { recipe } from '../../data/augment/recipe.ts';
import { mask } from '../../data/geometry/mask.ts';
import { unmoved } from '../../data/geometry/placement.ts';
import { type Image, image } from '../../data/image.ts';
import { normalised, preprocessing } from '../../data/preprocess.ts';
import { viewsIn } from '../../data/views.ts';
import { memoryEvalSource, memoryTrainSource } from '../../feed/memory.ts';
import { graphCost } from '../../graph/cost.ts';
import { graph } from '../../graph/graph.ts';
import { createModel } from '../../models/registry.ts';
import { initialValues } from '../../nn/init.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile } from '../../runtime/runtime.ts';
import { trainOptions } from '../../train/options.ts';
import { train } from '../../train/trainer.ts';
import { judgeAll } from '../../train/validate.ts';
import { segmentHeadNames } from './heads/heads.ts';
import { segment } from './segment.ts';
import { maskOfTarget, targetOfMask } from './target.ts';

const runtime = await nativeRuntime();

/** A grey noisy picture with a bright disc somewhere, and where the disc is; every fourth has none. */
function disc(n: number, width = 80, height = 64) {
  const rng = random(7, 'discs', n);
  const picture: Image = image(width, height);
  const truth = mask(width, height);
  const [cx, cy, r] = [10 + rng.below(width - 20), 10 + rng.below(height - 20), 6 + rng.below(8)];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const inside = n % 4 !== 3 && (x - cx) ** 2 + (y - cy) ** 2 <= r * r;
      if (inside) truth.data[y * width + x] = 1;
      for (let c = 0; c < 3; c++) picture.data[(y * width + x) * 3 + c] = (inside ? 150 + 30 * c : 90) + rng.below(40);
    }
  return { picture, target: targetOfMask(truth) };
}
const discs = Array.from({ length: 32 }, (_, n) => disc(n));
const classes = ['background', 'disc'];

describe('heads', () => {
  it.each(segmentHeadNames)('%s gives a class for every pixel, with parameters of its own', async (segmentHead) => {
    const model = createModel('mobilenetv2_035', { size: [64, 96], classes: 3 });
    const network = segment.network(model, { segmentHead });
    expect(network.outputs.logits!.type.shape).toEqual(['N', 3, 64, 96]);
    const g = graph(network.outputs);
    const program = await compile(runtime, g, { constants: initialValues(g, 0), target: 'standard' });
    const picture = viewsIn(disc(0, 96, 64).picture, preprocessing({ size: [64, 96] }));
    const { logits } = await program.run({ image: normalised([picture[0]!.image], preprocessing({ size: [64, 96] })) });
    await program.close();
    expect(logits!.data.every((v) => Number.isFinite(Number(v)))).toBe(true);
  });
});

it.each([
  // EfficientFormer's configurations of ADE20K (segmentation/configs/sem_fpn): 15.6 M parameters for L1.
  ['efficientformer_l1', 'fpn', 15.6, 28.1],
  ['ascan-base', 'upernet', 126.3, 312.2],
] as const)('%s with %s builds at the size of ADE20K: %f M parameters', (variant, segmentHead, millions, giga) => {
  const model = createModel(variant, { size: 512, classes: 150 });
  const cost = graphCost(graph(segment.network(model, { segmentHead }).outputs), { N: 1 });
  expect(cost.parameters / 1e6).toBeCloseTo(millions, 1);
  expect(cost.macs / 1e9).toBeCloseTo(giga, 1);
});

describe.each([
  ['whole pictures', preprocessing({ size: [64, 64], cropMode: 'squash' })],
  ['tiles', { ...preprocessing({ size: [64, 64] }), tiles: { scale: 1, overlap: 0.25 } }],
])('on %s', (_, p) => {
  it('learns where things are, says it at the pictures’ own size, and judges it', { timeout: 120_000 }, async () => {
    const data = {
      task: segment,
      pictures: discs.map(({ picture }) => picture),
      truths: discs.map(({ target }) => target),
      classes: 2,
    };
    const model = createModel('mobilenetv2_035', { size: p.size, classes: 2 });
    const network = segment.network(model, {});
    const weights = initialValues(graph(network.outputs), 0);
    const varied = recipe('none', { scaleJitter: { scale: [0.8, 1.2], seeing: 0.5 }, hflip: 0.5 });
    const result = await train({
      task: segment,
      network,
      classes,
      runtime,
      options: trainOptions({ epochs: 12, batch: 8, lr: 3e-3, warmup: 1 }),
      train: memoryTrainSource(data, { preprocessing: p, recipe: varied, batchSize: 8, seed: 0 }),
      weights,
    });
    const losses = result.history.map(({ trainLoss }) => trainLoss);
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2);
    expect(result.history.at(-1)!.train.iou!).toBeGreaterThan(0.5);

    const program = await compile(runtime, graph(network.outputs), { constants: result.weights, target: 'standard' });
    const meter = segment.meter({ classes, fileOf: (i) => `${i}.png`, detailed: true });
    await judgeAll(program, memoryEvalSource(data, { preprocessing: p, batchSize: 5 }), meter);
    const e = segment.evaluation.parse(meter.evaluation('test'));
    expect(e.images).toBe(32);
    expect(e.iou).toBeGreaterThan(0.5);
    expect(e.iou).toBe(e.classes[1]!.iou);
    expect(e.confusion.flat().reduce((a, b) => a + b, 0)).toBe(32 * 80 * 64);
    expect([e.pictures.positive, e.pictures.negative]).toEqual([24, 8]);
    expect(e.pictures.auroc!).toBeGreaterThan(0.9);

    const views = viewsIn(discs[0]!.picture, p);
    const outputs = await program.run({
      image: normalised(
        views.map((v) => v.image),
        p,
      ),
    });
    const answer = segment.answerOf(outputs, { classes, placements: views.map((v) => v.placement), options: {} });
    await program.close();
    expect(segment.answer.parse(answer)).toEqual(answer);
    expect(answer.size).toEqual([64, 80]);
    const said = maskOfTarget({ size: [64, 80], parts: answer.parts.map(({ runs }) => ({ label: 1, runs })) });
    const truth = maskOfTarget(discs[0]!.target);
    const both = said.data.filter((v, i) => v && truth.data[i]).length;
    const either = said.data.filter((v, i) => v || truth.data[i]).length;
    expect(both / either).toBeGreaterThan(0.5);
  });
});

it('the encoder moves masks with the pixels and leaves out what lies outside', () => {
  const { target } = disc(0);
  const encoder = segment.encoder({ classes: 2, size: [64, 80], smoothing: 0 }, [target]);
  const labels = new Float32Array(64 * 80);
  encoder.encode(target, { labels }, unmoved([64, 80]));
  expect([...labels]).toEqual([...maskOfTarget(target).data]);
  const [box] = encoder.boxes!(target);
  expect(maskOfTarget(target).data.filter((v, i) => v && !(i % 80 >= box![0] && i % 80 < box![2])).length).toBe(0);
});

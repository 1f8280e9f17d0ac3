import { describe, expect, it } from 'vitest';
import { random } from '../../base/random.ts';
import { recipe } from '../../data/augment/recipe.ts';
import { boxIou } from '../../data/geometry/boxes.ts';
import { unmoved } from '../../data/geometry/placement.ts';
import { type Image, image } from '../../data/image.ts';
import { normalised, preprocessing } from '../../data/preprocess.ts';
import { viewsIn } from '../../data/views.ts';
import { memoryEvalSource, memoryTrainSource } from '../../feed/memory.ts';
import { graph } from '../../graph/graph.ts';
import { createModel } from '../../models/registry.ts';
import { initialValues } from '../../nn/init.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile } from '../../runtime/runtime.ts';
import { trainOptions } from '../../train/options.ts';
import { train } from '../../train/trainer.ts';
import { judgeAll } from '../../train/validate.ts';
import { detect } from './detect.ts';
import type { DetectTarget } from './target.ts';

const runtime = await nativeRuntime();
const classes = ['square', 'bar'];

/** A noisy grey picture with up to three bright squares and dark bars; every fifth has none. */
function scene(n: number, width = 112, height = 96): { picture: Image; target: DetectTarget } {
  const rng = random(11, 'scenes', n);
  const picture = image(width, height);
  for (let i = 0; i < picture.data.length; i++) picture.data[i] = 100 + rng.below(40);
  const objects: { label: number; box: [number, number, number, number] }[] = [];
  for (let k = 0; n % 5 !== 4 && k < 1 + (n % 3); k++) {
    const label = rng.below(2);
    const [w, h] = label === 0 ? [22, 22] : [14, 34];
    const [x, y] = [rng.below(width - w), rng.below(height - h)];
    const box = [x, y, x + w, y + h] as [number, number, number, number];
    if (objects.some((o) => boxIou(o.box, box) > 0)) continue;
    objects.push({ label, box });
    for (let v = y; v < y + h; v++)
      for (let u = x; u < x + w; u++)
        picture.data.fill(label === 0 ? 220 : 20, (v * width + u) * 3, (v * width + u) * 3 + 3);
  }
  return { picture, target: { objects } };
}
const scenes = Array.from({ length: 24 }, (_, n) => scene(n));
const data = {
  task: detect,
  pictures: scenes.map(({ picture }) => picture),
  truths: scenes.map(({ target }) => target),
  classes: 2,
};

describe.each([
  ['as in TOOD, whole pictures', preprocessing({ size: [64, 64], cropMode: 'squash' }), {}, 36],
  [
    'as in FCOS with bins, tiles',
    { ...preprocessing({ size: [64, 64] }), tiles: { scale: 1, overlap: 0.6 } },
    { assign: 'centred', bins: 8 },
    20,
  ],
])('assigned %s', (_, p, options, epochs) => {
  it('learns where things are, and says it in pixels of the picture', { timeout: 200_000 }, async () => {
    const model = createModel('mobilenetv2_035', { size: p.size, classes: 2 });
    const network = detect.network(model, options);
    const weights = initialValues(graph(network.outputs), 0);
    const result = await train({
      task: detect,
      network,
      classes,
      runtime,
      options: trainOptions({ epochs, batch: 4, lr: 2e-3, warmup: 1 }),
      taskOptions: options,
      train: memoryTrainSource(data, {
        preprocessing: p,
        recipe: recipe('none', { scaleJitter: { scale: [0.95, 1.05], seeing: 0.7 }, hflip: 0.5 }),
        batchSize: 4,
        seed: 0,
      }),
      weights,
    });
    const losses = result.history.map(({ trainLoss }) => trainLoss);
    expect(losses.at(-1)!).toBeLessThan(0.75 * losses[0]!);

    const { boxes, scores } = network.outputs;
    const program = await compile(runtime, graph({ boxes: boxes!, scores: scores! }), {
      constants: result.weights,
      target: 'standard',
    });
    const meter = detect.meter({ classes, fileOf: (i) => `${i}.png`, detailed: true });
    await judgeAll(program, memoryEvalSource(data, { preprocessing: p, batchSize: 7 }), meter);
    await program.close();
    const e = detect.evaluation.parse(meter.evaluation('test'));
    expect(e.images).toBe(24);
    expect(e.ap50!).toBeGreaterThan(0.5);
    expect(e.objects).toBe(data.truths.reduce((n, { objects }) => n + objects.length, 0));
    expect(e.areas.all).toHaveLength(e.objects);
    expect(e.pictures).toMatchObject({ positive: 20, negative: 4 });

    const shipped = await compile(runtime, graph(detect.ship.outputs(network, {})), {
      constants: result.weights,
      target: 'standard',
    });
    const views = viewsIn(scenes[1]!.picture, p);
    const outputs = await shipped.run({
      image: normalised(
        views.map((v) => v.image),
        p,
      ),
    });
    await shipped.close();
    const answer = detect.answerOf(outputs, { classes, placements: views.map((v) => v.placement), options: {} });
    expect(detect.answer.parse(answer)).toEqual(answer);
    expect(answer.size).toEqual([96, 112]);
    // What the answer shows is what was judged, from the threshold on.
    expect(answer.objects.every(({ score }) => score >= 0.3)).toBe(true);
    const hits = answer.objects.filter((o) =>
      scenes[1]!.target.objects.some(({ label, box }) => o.label === classes[label] && boxIou(o.box, box) > 0.5),
    );
    expect(hits.length).toBeGreaterThan(0);
  });
});

it('the encoder moves boxes with the pixels, and marks what does not count', () => {
  const target: DetectTarget = {
    objects: [
      { label: 1, box: [10, 10, 20, 30] },
      { label: 0, box: [0, 0, 96, 96], crowd: true },
    ],
  };
  const encoder = detect.encoder({ classes: 2, size: [96, 96], smoothing: 0 }, [target, { objects: [] }]);
  expect(encoder.shapes.objects).toEqual([2, 6]);
  const objects = new Float32Array(12);
  encoder.encode(target, { objects }, unmoved([96, 96]));
  expect([...objects]).toEqual([10, 10, 20, 30, 1, 1, 0, 0, 96, 96, -1, 0]);
});

import { expect, it } from 'vitest';
import { random } from '../base/random.ts';
import { recipe } from '../data/augment/recipe.ts';
import { type Corners, moveBoxes } from '../data/geometry/boxes.ts';
import { type Image, image } from '../data/image.ts';
import { fit as fitTo, preprocessing } from '../data/preprocess.ts';
import { shrink } from '../data/resize/shrink.ts';
import { viewBase, viewsOf } from '../data/views.ts';
import type { Encoder } from '../tasks/batch.ts';
import { evalBatcher, evalBatches, type Picture, trainBatcher, whole } from './batch.ts';

// A white rectangle on black, as the target says: wherever augmentation puts the pixels, the box must be found there.
const p = preprocessing({ size: 48, mean: [0, 0, 0], std: [1, 1, 1] });
const rng = random(3, 'rectangles');
const boxes = Array.from({ length: 24 }, (): Corners => {
  const [x, y] = [60 + rng.below(120), 50 + rng.below(90)];
  return [x, y, x + 40 + rng.below(60), y + 40 + rng.below(50)];
});
const pictures = boxes.map(([left, top, right, bottom]) => {
  const [width, height] = [311, 237];
  const data = new Uint8Array(width * height * 3);
  for (let y = top; y < bottom; y++) data.fill(255, (y * width + left) * 3, (y * width + right) * 3);
  return image(width, height, data);
});
const encoder: Encoder<Corners> = {
  shapes: { box: [4] },
  encode: (box, into, placement) => {
    const [moved] = moveBoxes([box], placement, { minVisible: 0, minSide: 0 });
    into.box!.set(moved?.box ?? [0, 0, 0, 0]);
  },
  blends: false,
};
const plan = { truths: boxes, encoder, batchSize: 8, preprocessing: p };

/** The rectangle that the bright pixels of one picture [3, 48, 48] fill. */
function seen(pixels: Float32Array): Corners | undefined {
  const bright = [...pixels.subarray(0, 48 * 48).keys()].filter((i) => pixels[i]! > 0.5);
  if (bright.length === 0) return undefined;
  const [xs, ys] = [bright.map((i) => i % 48), bright.map((i) => Math.floor(i / 48))];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1];
}

function agree(data: Float32Array, told: Float32Array, n: number): void {
  for (let i = 0; i < n; i++) {
    const found = seen(data.subarray(i * 3 * 48 * 48, (i + 1) * 3 * 48 * 48)) ?? [0, 0, 0, 0];
    for (let k = 0; k < 4; k++) expect(Math.abs(found[k]! - told[4 * i + k]!), `${i}`).toBeLessThanOrEqual(1);
  }
}

const geometric = recipe('light', {
  crop: { scale: [0.3, 1] },
  hflip: 0.5,
  vflip: 0.5,
  jitter: null,
  erase: null,
  mix: null,
});

it.each([
  ['as it is in its file', (i: Image): Picture => whole(i)],
  ['shrunk beforehand', (i: Image): Picture => ({ ...whole(i), image: shrink(i, 96), exact: false })],
])('a target moves with the pixels of a picture %s', async (_, pixels) => {
  const batcher = trainBatcher({ ...plan, seed: 1, recipe: geometric, sampling: 'shuffle', kinds: new Int32Array(24) });
  for (let epoch = 0; epoch < 3; epoch++) {
    for (let index = 0; index < 3; index++) {
      const { images, targets, placements } = await batcher(epoch, index, (i) => pixels(pictures[i]!));
      expect(placements).toHaveLength(8);
      expect(placements.every(({ from }) => from.join() === '237,311')).toBe(true);
      agree(images.data, targets.box!.data, 8);
    }
  }
});

it('a target moves with the pixels in evaluation', async () => {
  const { images, targets } = await evalBatcher(plan)(1, (i) => ({
    ...whole(pictures[i]!),
    image: fitTo(pictures[i]!, p),
    exact: false,
  }));
  agree(images.data, targets.box!.data, 8);
});

it.each([1, 0.5])('a target moves with the pixels of tiles, of pictures at %f of their size', async (scale) => {
  const tiled = { ...p, tiles: { scale, overlap: 0.25 } };
  const sizes = pictures.map(({ height, width }) => [height, width] as const);
  const batcher = evalBatcher({ ...plan, preprocessing: tiled, sizes });
  const count = evalBatches({ ...plan, preprocessing: tiled, sizes });
  const seenOf = new Map<number, number>();
  for (let index = 0; index < count; index++) {
    const { images, targets, indices, views } = await batcher(index, (i) => ({
      ...whole(pictures[i]!),
      image: viewBase(pictures[i]!, tiled),
      exact: false,
    }));
    if (index % 5 === 0) agree(images.data, targets.box!.data, indices.length);
    indices.forEach((i, k) => {
      seenOf.set(i, (seenOf.get(i) ?? 0) + 1);
      expect(views[k]).toBe(viewsOf(sizes[i]!, tiled).length);
    });
  }
  pictures.forEach((_, i) => {
    expect(seenOf.get(i)).toBe(viewsOf(sizes[i]!, tiled).length);
  });
});

it('training crops of tiles keep to their scale and see a target where they are told to', async () => {
  const tiled = { ...p, tiles: { scale: 1, overlap: 0.25 } };
  const told = recipe({ scaleJitter: { scale: [1, 1], seeing: 1 } });
  const boxed = { ...encoder, boxes: (box: Corners) => [box] };
  const batcher = trainBatcher({
    ...plan,
    preprocessing: tiled,
    encoder: boxed,
    seed: 1,
    recipe: told,
    sampling: 'shuffle',
    kinds: new Int32Array(24),
  });
  const { images, targets, placements } = await batcher(0, 0, (i) => whole(pictures[i]!));
  agree(images.data, targets.box!.data, 8);
  placements.forEach(({ map }, i) => {
    expect([map[0], map[4]]).toEqual([1, 1]);
    expect(targets.box!.data.slice(4 * i, 4 * i + 4).some((v) => v > 0)).toBe(true);
  });
});

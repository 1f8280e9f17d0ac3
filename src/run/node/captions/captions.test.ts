import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { f32 } from '../../../base/tensor.ts';
import { unmoved } from '../../../data/geometry/placement.ts';
import type { Program } from '../../../runtime/runtime.ts';
import type { Batch, BatchSource } from '../../../tasks/batch.ts';
import { captionedGenerate } from '../../../tasks/generate/captions/captioned.ts';
import { type CaptionTable, captionedSource } from '../../../train/captioned.ts';
import type { CaptionReader } from '../../caption-reader.ts';
import { featureTable } from './table.ts';
import { toldApart } from './told-apart.ts';

const names = ['a', 'b', 'c', 'd', 'e', 'f'];
const targets = names.map((name) => ({ captions: [name, `${name}${name}`] }));
/** Pictures of one number, that of their caption. */
const source: BatchSource = {
  length: 6,
  batchesPerEpoch: 3,
  batch: async (_, index): Promise<Batch> => {
    const items = [2 * index, 2 * index + 1];
    return {
      ...{ images: f32([2, 1], items), targets: {}, truths: items.map((i) => targets[i]) },
      ...{
        indices: Uint32Array.from(items),
        views: Uint32Array.of(1, 1),
        placements: items.map(() => unmoved([1, 1])),
      },
    };
  },
  close: async () => undefined,
};
const table: CaptionTable = {
  shapes: { tokens: [1] },
  row: (caption) => ({
    tokens: Float32Array.of(caption === '' ? -1 : names.indexOf(caption[0]!) + caption.length - 1),
  }),
};
const { captions } = captionedGenerate;

it('tells some captions in turn and some not, the same for an epoch and a picture whenever it is asked', async () => {
  const varied = { seed: 3, dropout: 0.25 };
  const told = captionedSource(source, { captions: captions as () => readonly string[], table, varied });
  const seen = new Map<number, number>();
  for (let epoch = 0; epoch < 200; epoch++) {
    const { tokens } = (await told.batch(epoch, 1)).targets;
    expect((await told.batch(epoch, 1)).targets.tokens!.data).toEqual(tokens!.data);
    seen.set(tokens!.data[0]!, (seen.get(tokens!.data[0]!) ?? 0) + 1);
  }
  // Picture 2: 'c', 'cc' or nothing.
  expect([...seen.keys()].sort()).toEqual([-1, 2, 3]);
  expect(seen.get(-1)! / 200).toBeGreaterThan(0.15);
  expect(seen.get(-1)! / 200).toBeLessThan(0.35);
  expect(Math.abs(seen.get(2)! - seen.get(3)!)).toBeLessThan(45);
  const judged = captionedSource(source, { captions: captions as () => readonly string[], table });
  expect([...(await judged.batch(9, 1)).targets.tokens!.data]).toEqual([2, 3]);
});

it('counts how often a picture’s own caption is the one with the least error', async () => {
  const knowing = (confused: number): Program => ({
    ...({ inputs: ['image', 'tokens'] } as unknown as Program),
    run: async ({ image, tokens }) => {
      const error = (scale: number) =>
        f32(
          [2],
          [0, 1].map((i) => {
            const [shown, told] = [Number(image!.data[i]), Number(tokens!.data[i])];
            return scale * (shown < confused ? 1 : Math.abs(shown - told));
          }),
        );
      return { 'error@0.2': error(1), 'error@0.8': error(2) };
    },
  });
  const tried = (confused: number) =>
    toldApart({ program: knowing(confused), source, table, captioned: captionedGenerate, targets });
  expect(await tried(0)).toEqual({ among: 6, pictures: 6, share: 1 });
  expect(await tried(2)).toEqual({ among: 6, pictures: 6, share: 4 / 6 });
  const same = targets.map(() => targets[0]!);
  expect(
    await toldApart({ program: knowing(0), source, table, captioned: captionedGenerate, targets: same }),
  ).toBeUndefined();
});

it('reads every caption once, and keeps what came out', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'yosegi-features-'));
  let asked = 0;
  const reader: CaptionReader = {
    shape: { length: 4, width: 2 },
    cuts: () => false,
    close: async () => undefined,
    read: async (texts) => {
      asked += texts.length;
      const [text, mask, pooled] = [f32([texts.length, 4, 2]), f32([texts.length, 4]), f32([texts.length, 2])];
      texts.forEach((caption, k) => {
        text.data.fill(caption.length, k * 8, k * 8 + 2 * (caption.length + 1));
        mask.data.fill(1, k * 4, k * 4 + caption.length + 1);
        pooled.data.fill(-caption.length, k * 2, k * 2 + 2);
      });
      return { text, mask, pooled };
    },
  };
  const options = { keep: folder, encoder: 'one' };
  try {
    for (const expected of [4, 4]) {
      const { row } = await featureTable(reader, ['a', 'bb', 'a', 'ccc'], options);
      expect(asked).toBe(expected);
      expect(row('bb')).toEqual({
        text: Float32Array.of(2, 2, 2, 2, 2, 2, 0, 0),
        mask: Float32Array.of(1, 1, 1, 0),
        pooled: Float32Array.of(-2, -2),
      });
      expect([...row('').mask!]).toEqual([1, 0, 0, 0]);
      expect(() => row('other')).toThrow(/nobody has read the caption “other”/);
    }
    // By another encoder, or of other captions, it is another thing.
    await featureTable(reader, ['a', 'bb', 'ccc'], { ...options, encoder: 'two' });
    await featureTable(reader, ['a'], { ...options, encoder: 'two' });
    expect(asked).toBe(10);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

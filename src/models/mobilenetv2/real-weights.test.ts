import { existsSync, readFileSync } from 'node:fs';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Tensor } from '../../base/tensor.ts';
import { decodeImage } from '../../data/node/decode.ts';
import { preprocess, preprocessing } from '../../data/preprocess.ts';
import { nameOf } from '../../graph/graph.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile, type Program } from '../../runtime/runtime.ts';
import { shared } from '../../testing/shared.ts';
import { toFloat32 } from '../../weights/convert.ts';
import { readSafetensors } from '../../weights/node/files.ts';
import { classifier } from '../model.ts';
import { createModel } from '../registry.ts';

/**
 * Google's MobileNetV2 with its ImageNet weights on photographs. The weights (7 MB) are not part of the repository: they are looked
 * for in the folder YOSEGI_SHARED, or else in ../shared/data.
 */
const folder = `${shared}/mobilenet-v2-imagenet`;
const photos = `${shared}/sample-photos`;
const here = existsSync(`${folder}/model.safetensors`) && existsSync(photos);
if (!here) {
  console.warn(
    `skipped: no mobilenet-v2-imagenet and sample-photos in ${shared}; set YOSEGI_SHARED to the folder that has them`,
  );
}

interface Expected {
  readonly images: readonly {
    readonly file: string;
    readonly top5: readonly { readonly index: number; readonly label: string; readonly prob: number }[];
  }[];
}

/** ImageNet's classes by falling probability. */
function ranked(logits: Tensor): { index: number; prob: number }[] {
  const values = Array.from(logits.data, Number);
  const top = Math.max(...values);
  const total = values.reduce((sum, v) => sum + Math.exp(v - top), 0);
  return values.map((v, index) => ({ index, prob: Math.exp(v - top) / total })).sort((a, b) => b.prob - a.prob);
}

describe.skipIf(!here)("MobileNetV2 with Google's ImageNet weights", () => {
  const expected = here
    ? (JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8')) as Expected).images
    : ([] as Expected['images']);
  const recipe = preprocessing({
    size: 224,
    cropPct: 0.875,
    interpolation: 'bilinear',
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  });
  const graph = classifier(createModel('tf_mobilenetv2_100'));
  let weights: Map<string, Tensor>;
  let program: Program;

  beforeAll(async () => {
    const file = await readSafetensors(`${folder}/model.safetensors`);
    weights = new Map([...file.tensors].map(([name, t]) => [name, toFloat32(t)]));
    const constants = new Map(graph.params.map((p) => [nameOf(p)!, weights.get(nameOf(p)!)!]));
    program = await compile(await nativeRuntime(), graph, { constants, target: 'standard' });
    return () => program.close();
  });

  it('has the parameters of the file, by name and shape', () => {
    const ours = graph.params.map((p) => [nameOf(p)!, p.type.shape]);
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries([...weights].map(([name, t]) => [name, t.shape])));
  });

  // Eight of the ten agree within 5e-5, the rounding of the expectation; where the longer side or the cut falls on half a pixel, two
  // common rounding rules differ and a probability moves by up to 0.006.
  it.each(expected)('$file: $top5.0.label', async ({ file, top5 }) => {
    // The expectation was recorded with transparency ignored; decodeImage itself puts a background behind it.
    const opaque = await sharp(`${photos}/${file}`).removeAlpha().png().toBuffer();
    const image = preprocess([await decodeImage(opaque)], recipe);
    const found = ranked((await program.run({ image })).logits!);
    expect(found[0]!.index).toBe(top5[0]!.index);
    for (const { index, prob } of top5) {
      const ours = found.find((f) => f.index === index)!.prob;
      expect(Math.abs(ours - prob), `class ${index}: ${ours} against ${prob}`).toBeLessThan(0.01);
    }
  });
});

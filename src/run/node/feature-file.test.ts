import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { random } from '../../base/random.ts';
import { f32 } from '../../base/tensor.ts';
import { image } from '../../data/image.ts';
import { conv, reduceMean } from '../../graph/build.ts';
import { graph } from '../../graph/graph.ts';
import { constant, input, type Value } from '../../graph/value.ts';
import { temporaryFolder } from '../../imported/testing/folder.ts';
import { toOnnx } from '../../onnx/print.ts';
import { encodeModel } from '../../onnx/wire/model.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { fileFeatures } from './feature-file.ts';

const root = temporaryFolder();
const runtime = await nativeRuntime();
afterAll(() => runtime.close());

/** A file with these outputs of a picture. */
function file(name: string, batch: number | string, outputs: (picture: Value) => Record<string, Value>): string {
  const picture = input('picture', 'float32', [batch, 3, 16, 16]);
  const path = join(root, `${name}.onnx`);
  writeFileSync(path, encodeModel(toOnnx(graph(outputs(picture)))));
  return path;
}

const weights = (shape: number[]) => {
  const rng = random(1, shape.join());
  const t = f32(shape);
  t.data.forEach((_, i) => {
    t.data[i] = 0.1 * rng.normal();
  });
  return constant(t);
};
const pooled = (x: Value) => reduceMean(x, [2, 3], false);
/** Looks as Inception-v3 has them, and as many features. */
const likeInception = (picture: Value, features = 2048) => {
  const row = conv(picture, weights([192, 3, 1, 7]));
  return pooled(conv(conv(row, weights([192, 192, 7, 1])), weights([features, 192, 1, 1])));
};
const pictures = [0, 80, 160].map((value) => {
  const one = image(20, 24);
  one.data.forEach((_, i) => {
    one.data[i] = value + (i % 3);
  });
  return one;
});

it('takes the widest row a picture, of values in 0 … 1', async () => {
  const path = file('means', 'N', (picture) => ({ small: pooled(picture), map: picture }));
  const network = await fileFeatures(path, runtime);
  const rows = await network.of(pictures);
  await network.close();
  expect([network.fid, network.name]).toEqual([
    false,
    expect.stringMatching(/^3 features 'small' of means\.onnx \(SHA/),
  ]);
  rows.forEach((row, i) => {
    row.forEach((v, c) => {
      expect(v).toBeCloseTo((80 * i + c) / 255, 6);
    });
  });
});

it('calls it FID for an Inception with its 2,048 features alone', async () => {
  const paths = [
    file('inception', 'N', (picture) => ({ features: likeInception(picture), few: pooled(picture) })),
    file('narrow', 'N', (picture) => ({ features: likeInception(picture, 1000) })),
    file('other', 'N', (picture) => ({ features: pooled(conv(picture, weights([2048, 3, 3, 3]))) })),
  ];
  const found: boolean[] = [];
  for (const path of paths) {
    const network = await fileFeatures(path, runtime);
    found.push(network.fid);
    await network.close();
  }
  expect(found).toEqual([true, false, false]);
});

it('feeds a file of a fixed batch that many at a time', async () => {
  const network = await fileFeatures(
    file('pairs', 2, (picture) => ({ means: pooled(picture) })),
    runtime,
  );
  const rows = await network.of(pictures);
  await network.close();
  expect(rows.map((row) => Math.round(255 * row[0]!))).toEqual([0, 80, 160]);
});

it('says what a file lacks', async () => {
  const path = file('maps', 'N', (picture) => ({ map: picture }));
  await expect(fileFeatures(path, runtime)).rejects.toThrow(
    /maps\.onnx has no output of one row a picture[\s\S]*'map'/,
  );
});

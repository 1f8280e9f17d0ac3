/**
 * `npx tsx recipes/told.ts RUN MINILM OUT [GUIDANCE]`: whether made emoji show what their captions say. RUN is of recipes/text-to-image.ts, MINILM the folder
 * of all-MiniLM-L6-v2 (reference/text/minilm.py says where from). A small image-text model judges: a linear map, fitted by ridge regression to the
 * pictures that the run was trained on, from MobileNetV2's features of a picture to MiniLM's vector of its caption. For each test caption a picture is
 * made; the judge says which of ten test captions it shows. It is asked the same about the real test pictures, as it makes mistakes itself.
 * OUT gets sheet.png, made pictures of some test captions beside the real ones.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { check } from '../src/base/errors.ts';
import { rowsSheet, writePng } from '../src/feed/node/sheet.ts';
import { captionReader } from '../src/run/caption-reader.ts';
import { openTextEncoder } from '../src/run/node/captions/text-encoder.ts';
import { boxFeatures } from '../src/run/node/features.ts';
import { pixelsOf } from '../src/run/node/looks.ts';
import { bestMaker } from '../src/run/node/maker.ts';
import { loadRun } from '../src/run/node/run-folder.ts';
import { openRunImages } from '../src/run/node/run-images.ts';
import { nativeRuntime } from '../src/runtime/node/native.ts';
import { captionsOf, generateTarget } from '../src/tasks/generate/target.ts';
import { taskNamed } from '../src/tasks/node/registry.ts';
import { tokenizerOf } from '../src/text/tokenizer.ts';

const [folder, minilm, out, guidance = '3'] = process.argv.slice(2);
if (!folder || !minilm || !out) throw new Error('npx tsx recipes/told.ts RUN MINILM OUT [GUIDANCE]');

/** Captions that a picture is judged among. */
const AMONG = 10;
const LENGTH = 32;
/** Of the regression, as a share of the features' mean square: the best of 0.01, 0.1, 1 and 10 on the validation pictures. */
const PENALTIES = [0.01, 0.1, 1, 10];

const runtime = await nativeRuntime();
const loaded = await loadRun(folder);
const task = taskNamed(loaded.run.task);
const { dataset } = await openRunImages(folder, loaded.run, task, { of: ['train', 'val', 'test'] });
const captionOf = (target: unknown) => captionsOf(generateTarget.parse(target))[0]!;
const { files, width } = await openTextEncoder(minilm, { length: LENGTH });
const reader = captionReader(tokenizerOf(files.tokenizer, files.settings), await runtime.load(files.encoder), {
  ...{ length: LENGTH, width },
});
const network = await boxFeatures(runtime);
const unit = (v: Float32Array) => {
  const norm = Math.hypot(...v);
  return v.map((x) => x / norm);
};

/** Features of a split's pictures, their captions, and the captions' vectors. */
async function of(split: 'train' | 'val' | 'test') {
  const items = dataset.items[split];
  const pictures = await pixelsOf(dataset, items, loaded.run.preprocessing);
  const captions = items.map(({ target }) => captionOf(target));
  const { pooled } = await reader.read(captions);
  const vectors = captions.map((_, i) => unit(pooled.data.slice(i * width, (i + 1) * width)));
  return { pictures, captions, vectors, features: (await network.of(pictures)).map(unit) };
}
const [train, val, test] = [await of('train'), await of('val'), await of('test')];

/** Solves K A = Y for each column of Y, where K is symmetric and positive: by its Cholesky factor, in place. */
function solved(k: Float64Array[], y: Float64Array[]): Float64Array[] {
  const n = k.length;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = k[i]![j]!;
      for (let m = 0; m < j; m++) sum -= k[i]![m]! * k[j]![m]!;
      k[i]![j] = i === j ? Math.sqrt(sum) : sum / k[j]![j]!;
    }
  }
  return y.map((column) => {
    const x = Float64Array.from(column);
    for (let i = 0; i < n; i++) {
      for (let m = 0; m < i; m++) x[i]! -= k[i]![m]! * x[m]!;
      x[i]! /= k[i]![i]!;
    }
    for (let i = n - 1; i >= 0; i--) {
      for (let m = i + 1; m < n; m++) x[i]! -= k[m]![i]! * x[m]!;
      x[i]! /= k[i]![i]!;
    }
    return x;
  });
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};
const mean = (rows: readonly Float32Array[]) =>
  Float64Array.from(rows[0]!, (_, c) => rows.reduce((sum, row) => sum + row[c]!, 0) / rows.length);

const [middle, usual] = [mean(train.features), mean(train.vectors)];
const centred = train.features.map((row) => Float64Array.from(row, (v, c) => v - middle[c]!));
const power = centred.reduce((sum, row) => sum + dot(row, row), 0) / centred.length;
/** Products of the training pictures' features; as there are fewer pictures than twice the features, the regression is solved in them. */
const products = centred.map((a) => Float64Array.from(centred, (b) => dot(a, b)));

/** The judge: how much a picture's features are thought to say what a caption's vector says, less what captions say on average. */
function judge(penalty: number) {
  const kernel = products.map((row, i) => row.map((v, j) => (i === j ? v + penalty * power : v)));
  const targets = Array.from({ length: width }, (_, c) =>
    Float64Array.from(train.vectors, (row) => row[c]! - usual[c]!),
  );
  const map = solved(kernel, targets).map((weights) => {
    const column = new Float64Array(middle.length);
    for (const [i, row] of centred.entries()) {
      const w = weights[i]!;
      for (let c = 0; c < column.length; c++) column[c]! += w * row[c]!;
    }
    return column;
  });
  const says = (features: Float32Array) => {
    const own = Float64Array.from(features, (v, c) => v - middle[c]!);
    return Float64Array.from(map, (column) => dot(column, own));
  };
  return (features: Float32Array) => {
    const said = says(features);
    return (caption: Float32Array) => {
      const wanted = Float64Array.from(caption, (v, c) => v - usual[c]!);
      return dot(said, wanted) / Math.hypot(...wanted);
    };
  };
}
type Judge = ReturnType<typeof judge>;

/** Share of the pictures whose own caption is the likeliest of ten, the others taken from all over the list. */
function right(like: Judge, { captions, vectors }: typeof test, features: readonly Float32Array[]): number {
  const n = captions.length;
  const step = Math.floor(n / AMONG);
  const hits = features.filter((row, i) => {
    const says = like(row);
    const own = says(vectors[i]!);
    return Array.from({ length: AMONG - 1 }, (_, k) => (i + (k + 1) * step) % n).every((j) => says(vectors[j]!) < own);
  });
  return hits.length / n;
}

const judges = PENALTIES.map((penalty) => ({ penalty, like: judge(penalty) }));
const chosen = judges
  .map((j) => ({ ...j, share: right(j.like, val, val.features) }))
  .reduce((a, b) => (b.share > a.share ? b : a));
check(test.captions.length >= 2 * AMONG, 'there are too few test pictures');
const maker = await bestMaker(loaded, runtime);
const made = async (texts: readonly string[], seed: number) =>
  (
    await maker.make(
      texts.map((text, i) => ({ text, seed: seed + i })),
      { making: { steps: 20, guidance: Number(guidance) } },
    )
  ).pictures;
const own = await made(test.captions, 0);
const untold = await made(
  test.captions.map(() => ''),
  0,
);
const shares = {
  penalty: chosen.penalty,
  'real validation pictures': chosen.share,
  'real test pictures': right(chosen.like, test, test.features),
  'pictures made of the test captions': right(chosen.like, test, (await network.of(own)).map(unit)),
  'pictures made of no caption, from the same noise': right(chosen.like, test, (await network.of(untold)).map(unit)),
  'by chance': 1 / AMONG,
};
await mkdir(out, { recursive: true });
const shown = Array.from({ length: 12 }, (_, i) => Math.floor((i * test.captions.length) / 12));
const rows = await Promise.all(
  shown.map(async (i) => ({
    name: test.captions[i]!,
    pictures: [...(await made(Array(8).fill(test.captions[i]!), 100)), test.pictures[i]!],
  })),
);
await writePng(join(out, 'sheet.png'), await rowsSheet(rows));
await maker.close();
await reader.close();
await network.close();
await dataset.close();
console.log(JSON.stringify(shares, null, 2));

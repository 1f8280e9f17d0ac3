import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Tensor } from '../../base/tensor.ts';
import { fit as fitted, preprocess } from '../../data/preprocess.ts';
import { classifier } from '../../models/model.ts';
import { decodeModel } from '../../onnx/wire/model.ts';
import { loadRun } from '../../run/node/run-folder.ts';
import { smallRun, writeSmallRun } from '../../run/node/testing/write-run.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile } from '../../runtime/runtime.ts';
import { parseSafetensors } from '../../weights/safetensors.ts';
import { patterns } from '../golden.ts';
import { exportBundle } from './export.ts';
import { loadBundle } from './read.ts';
import { verifyBundle } from './verify.ts';

const runtime = await nativeRuntime();
let root = '';
let run = '';
let out = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'yosegi-export-'));
  run = join(root, 'run');
  await writeSmallRun(run);
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(async () => {
  out = await mkdtemp(join(root, 'out-'));
});

const pictures = patterns(5, [40, 50]);

/** What the run's model gives as it was trained, with its batch normalisations. */
async function trained(): Promise<Tensor> {
  const { model, weights } = await loadRun(run);
  const program = await compile(runtime, classifier(model), { constants: weights, target: 'standard' });
  return (await program.run({ image: preprocess(pictures, smallRun.preprocessing) })).logits!;
}

function softmaxRows(t: Tensor): number[] {
  const n = t.shape[1]!;
  const rows: number[] = [];
  for (let at = 0; at < t.data.length; at += n) {
    const e = Array.from({ length: n }, (_, i) => Math.exp(Number(t.data[at + i])));
    const sum = e.reduce((a, b) => a + b, 0);
    rows.push(...e.map((v) => v / sum));
  }
  return rows;
}

function expectClose(actual: Tensor, expected: ArrayLike<number>) {
  expect(actual.data.length).toBe(expected.length);
  Array.from(expected).forEach((v, i) => {
    expect(Math.abs(Number(actual.data[i]) - v)).toBeLessThan(1e-4);
  });
}

const bytesOfPictures = () => {
  const data = pictures.flatMap((p) => [...fitted(p, smallRun.preprocessing).data]);
  return { dtype: 'uint8', shape: [pictures.length, 32, 32, 3], data: Uint8Array.from(data) } as const;
};

describe('exportBundle', () => {
  it('ships a model that gives what the trained one gives', async () => {
    const done = await exportBundle({ run, out, runtime });
    const { model, labels, preprocessing, manifest } = await loadBundle(out);
    expect(labels).toEqual(smallRun.classes);
    expect(preprocessing).toEqual(smallRun.preprocessing);
    expect(manifest).toEqual(done.manifest);
    expect(manifest.golden.source).toBe('patterns');
    expect(done.warnings[0]).toMatch(/no-such-folder/);
    expect(done.difference).toBeLessThan(manifest.golden.tolerance);
    const ops = decodeModel(model).graph.node.map((n) => n.opType);
    expect(ops).not.toContain('BatchNormalization');
    const program = await runtime.load(model);
    const { logits } = await program.run({ image: preprocess(pictures, preprocessing) });
    expectClose(logits!, (await trained()).data as Float32Array);
  });

  it('embeds preprocessing and softmax where asked', async () => {
    const { manifest } = await exportBundle({ run, out, runtime, embedPreprocessing: true, ship: { softmax: true } });
    expect(manifest.input).toEqual({ name: 'image', dtype: 'uint8', layout: 'NHWC', normalisedInside: true });
    expect(manifest.outputs.map((o) => o.name)).toEqual(['probabilities']);
    const program = await runtime.load((await loadBundle(out)).model);
    const { probabilities } = await program.run({ image: bytesOfPictures() });
    expectClose(probabilities!, softmaxRows(await trained()));
  });

  it('keeps the trained weights by name, and metrics where there are some', async () => {
    const weights = (await loadRun(run)).weights;
    const evaluation = {
      split: 'test',
      images: 2,
      accuracy: 0.5,
      top5: null,
      macroRecall: 0.5,
      macroF1: 0.5,
      balancedAccuracy: 0.5,
      loss: 1,
      calibrationError: 0,
      bins: [],
      classes: smallRun.classes.map((name) => ({ name, support: 1, precision: 0, recall: 0, f1: 0 })),
      confusion: [
        [1, 0, 0],
        [1, 0, 0],
        [0, 0, 0],
      ],
      worst: [],
    };
    const own = join(out, 'run');
    await writeSmallRun(own);
    await writeFile(join(own, 'eval.json'), JSON.stringify(evaluation));
    const { folder } = await exportBundle({ run: own, runtime });
    expect(folder).toBe(join(own, 'bundle'));
    const kept = parseSafetensors(await readFile(join(folder, 'weights.safetensors'))).tensors;
    expect(new Map([...kept].sort())).toEqual(new Map([...weights].sort()));
    expect(JSON.parse(await readFile(join(folder, 'metrics.json'), 'utf8'))).toEqual({
      evaluation,
      benchmark: null,
      belongsTo: { evaluation: null, benchmark: null },
    });
    expect((await verifyBundle(folder)).findings).toEqual([]);
    await writeFile(join(own, 'eval.json'), '{}');
    await expect(exportBundle({ run: own, runtime, force: true })).rejects.toThrow(/eval\.json.*yosegi eval/s);
  });

  it('takes golden inputs from the data set, one of each class in turn, of the test split', async () => {
    const data = join(out, 'data');
    for (const split of ['train', 'test']) {
      for (const [i, name] of smallRun.classes.entries()) {
        await mkdir(join(data, split, name), { recursive: true });
        for (let k = 0; k < 2; k++) {
          const background = { r: split === 'test' ? 200 : 0, g: 100 * i, b: 90 * k };
          const file = join(data, split, name, `${k}.png`);
          await sharp({ create: { width: 40, height: 40, channels: 3, background } })
            .png()
            .toFile(file);
        }
      }
    }
    const own = join(out, 'run');
    await writeSmallRun(own, { data });
    const { manifest, folder, warnings } = await exportBundle({ run: own, runtime, embedPreprocessing: true });
    expect(warnings).toEqual([]);
    expect(manifest.golden).toMatchObject({ images: 6, source: 'pictures' });
    const inputs = parseSafetensors(await readFile(join(folder, 'golden/inputs.safetensors'))).tensors.get('image')!;
    const first = Array.from({ length: 6 }, (_, i) => [
      ...(inputs.data as Uint8Array).subarray(i * 3072, i * 3072 + 3),
    ]);
    expect(first).toEqual([
      [200, 0, 0],
      [200, 100, 0],
      [200, 200, 0],
      [200, 0, 90],
      [200, 100, 90],
      [200, 200, 90],
    ]);
    const again = await exportBundle({ run: own, runtime, force: true, pictures: false });
    expect(again.manifest.golden.source).toBe('patterns');
  });

  it('does not replace what it should not', async () => {
    await exportBundle({ run, out, runtime });
    await expect(exportBundle({ run, out, runtime })).rejects.toThrow(/--force/);
    await exportBundle({ run, out, runtime, force: true });
    expect((await verifyBundle(out)).ok).toBe(true);
    const other = join(out, '..', 'precious');
    await mkdir(other);
    await writeFile(join(other, 'notes.txt'), 'mine');
    await expect(exportBundle({ run, out: other, runtime, force: true })).rejects.toThrow(/not empty and no bundle/);
    expect(await readFile(join(other, 'notes.txt'), 'utf8')).toBe('mine');
    expect((await readdir(root)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('writes a README whose code names the real input and output', async () => {
    await exportBundle({ run, out, runtime });
    const readme = await readFile(join(out, 'README.md'), 'utf8');
    expect(readme).toContain('session.run({ image: x })');
    expect(readme).toContain("session.run(['logits'], {'image': x})");
    expect(readme).toContain('.resize(35, 35,');
    expect(readme).toContain('The shorter side becomes 35 pixels');
  });
});

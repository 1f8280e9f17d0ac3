import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { f32, type Tensor, tensor } from '../base/tensor.ts';
import { graph } from '../graph/graph.ts';
import { deviation, runtime } from '../onnx/import/testing/compare.ts';
import { fileNames, modelFile } from '../onnx/import/testing/files.ts';
import { decodeModel } from '../onnx/wire/model.ts';
import { compile } from '../runtime/runtime.ts';
import { formulaInput } from '../testing/formula.ts';
import { buildImported } from './build.ts';
import { importModel } from './import.ts';

/**
 * One small file of each exporter and family (reference/import/make_fixtures.py, make_keras.py, make_families.py) against what
 * another version of ONNX Runtime gave for it without its optimiser (record_outputs.py): a fault of the runtime that the product
 * uses cannot be on both sides.
 */
const folder = new URL('./fixtures/families/', import.meta.url);
const recorded: { runtime: string; files: Record<string, { shape: number[]; logits: number[] }> } = JSON.parse(
  readFileSync(new URL('outputs.json', folder), 'utf8'),
);
const families = readdirSync(folder).flatMap((f) => (f.endsWith('.onnx') ? [f.slice(0, -5)] : []));
const fileOf = (name: string) =>
  families.includes(name)
    ? decodeModel(new Uint8Array(readFileSync(new URL(`${name}.onnx`, folder))))
    : modelFile(name);

it('is a table of at least 40 files, all of them recorded', () => {
  const all = [...families, ...fileNames.filter((name) => !name.startsWith('detector'))];
  expect(Object.keys(recorded.files).sort()).toEqual(all.sort());
  expect(all.length).toBeGreaterThanOrEqual(40);
});

describe.each(Object.entries(recorded.files))('%s', (name, { shape, logits }) => {
  it('gives what another runtime gives, with the optimiser and without', async () => {
    const draft = importModel(fileOf(name));
    const model = buildImported(draft.onnx, draft, { channels: draft.channels });
    const { last, batch } = draft.original.input;
    // Files are asked with two images unless they take one; the recorded image lies in memory as the file wants it.
    const n = batch === 1 ? 1 : 2;
    const [h, w] = model.size;
    const flat = formulaInput('image', last ? [n, h, w, model.channels] : [n, model.channels, h, w]);
    const image = last ? channelsFirst(flat) : flat;
    const half = name.endsWith('half');
    const expected = f32(shape, logits);
    for (const optimize of ['all', 'none'] as const) {
      const y = draft.original.restore(model.logits);
      const program = await compile(runtime, graph({ y }), { target: 'standard', constants: draft.weights, optimize });
      const got = (await program.run({ image: half ? rounded(image) : image })).y!;
      await program.close();
      expect(deviation(got, expected)).toBeLessThan(half ? 5e-3 : 2e-5);
    }
  });
});

function channelsFirst(t: Tensor<'float32'>): Tensor<'float32'> {
  const [n, h, w, c] = t.shape as [number, number, number, number];
  const out = f32([n, c, h, w]);
  for (let i = 0; i < t.data.length; i++) {
    const [image, rest] = [Math.floor(i / (c * h * w)), i % (c * h * w)];
    out.data[image * c * h * w + (rest % c) * h * w + Math.floor(rest / c)] = t.data[i]!;
  }
  return out;
}

/** As half floats hold it; the network computes in single ones. */
const rounded = (t: Tensor<'float32'>): Tensor => tensor('float32', t.shape, t.data.map(roundToHalf));
const roundToHalf = (v: number) => {
  const scale = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(v) || 1))) - 10);
  return Math.round(v / scale) * scale;
};

import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { YosegiError } from '../../base/errors.ts';
import { random } from '../../base/random.ts';
import { sizeOf, type Tensor, tensor } from '../../base/tensor.ts';
import { nameOf } from '../../graph/graph.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { readModelFile } from '../node/files.ts';
import { toOnnx } from '../print.ts';
import { fromOnnx } from '../read.ts';
import { internalize } from '../wire/externalize.ts';
import { decodeModel, encodeModel } from '../wire/model.ts';

/** Models that other tools exported (reference/import): our graph's outputs against ONNX Runtime's on the original file. */
const folder = new URL('./fixtures/', import.meta.url);
const files = readdirSync(folder).filter((f) => f.endsWith('.onnx') && !f.includes('half'));
const runtime = await nativeRuntime();
const load = (file: string) => readModelFile(fileURLToPath(new URL(file, folder)));

function feeds(inputs: readonly { name: string; shape: readonly (number | string)[] }[]): Record<string, Tensor> {
  return Object.fromEntries(
    inputs.map(({ name, shape }) => {
      const rng = random(3, name);
      const bound = shape.map((d) => (typeof d === 'number' ? d : 2));
      return [
        name,
        tensor(
          'float32',
          bound,
          Float32Array.from({ length: sizeOf(bound) }, () => rng.normal()),
        ),
      ];
    }),
  );
}

describe.each(files)('%s', (file) => {
  it('computes what ONNX Runtime computes from the original', async () => {
    const { model, readExternal } = await load(file);
    const read = fromOnnx(model, { readExternal });
    const given = feeds(read.graph.inputs.map((i) => ({ name: nameOf(i)!, shape: i.type.shape })));
    const original = await runtime.load(encodeModel(internalize(model, readExternal)));
    const ours = await runtime.load(encodeModel(toOnnx(read.graph)));
    const [expected, actual] = [await original.run(given), await ours.run(given)];
    for (const [name, t] of Object.entries(expected)) {
      const a = actual[name]!.data as Float32Array;
      const e = t.data as Float32Array;
      const scale = Math.max(1, ...e.map(Math.abs));
      expect(a.length).toBe(e.length);
      const worst = e.reduce((w, v, i) => Math.max(w, Math.abs(v - a[i]!)), 0);
      expect(worst / scale, name).toBeLessThan(2e-5);
    }
    await original.close();
    await ours.close();
  });
});

it('reads half-precision weights and inputs as single precision', async () => {
  const { model } = await load('mobilenetv3-half.onnx');
  const read = fromOnnx(model, { parameters: true });
  expect(read.graph.inputs.map((i) => i.type.dtype)).toEqual(['float32']);
  expect([...read.weights.values()].every((t) => t.dtype === 'float32' && t.data.every(Number.isFinite))).toBe(true);
  expect(read.weights.size).toBeGreaterThan(20);
});

it('answers damaged files with a typed error, never a crash', async () => {
  const sources = await Promise.all(['squeezenet-l17.onnx', 'mobilenetv3-l9.onnx'].map(load));
  const originals = sources.map(({ model }) => encodeModel(model));
  fc.assert(
    fc.property(
      fc.nat(),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      (which, edits, cut) => {
        const source = originals[which % originals.length]!;
        const bytes = source.slice(0, cut ? edits[0]![0] % source.length : source.length);
        for (const [at, value] of edits) if (bytes.length > 0) bytes[at % Math.min(bytes.length, 6000)] = value;
        try {
          fromOnnx(decodeModel(bytes));
        } catch (error) {
          if (!(error instanceof YosegiError)) throw error;
        }
      },
    ),
    { numRuns: 1500, seed: 5 },
  );
});

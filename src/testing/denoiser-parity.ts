import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { gradients } from '../autodiff/gradients.ts';
import { f32, i64, type Tensor } from '../base/tensor.ts';
import { mul, reduceMean, sub } from '../graph/build.ts';
import { cleanUp } from '../graph/cleanup.ts';
import { graph, nameOf } from '../graph/graph.ts';
import { input, type Value } from '../graph/value.ts';
import { captioned } from '../models/denoiser/captioned.ts';
import { createDenoiser } from '../models/denoisers.ts';
import type { Overrides } from '../models/entry.ts';
import type { ModelOptions } from '../models/model.ts';
import type { TextShape } from '../models/text-encoder/text-encoder.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { compile } from '../runtime/runtime.ts';
import { formulaInput, formulaWeights } from './formula.ts';

/** What reference/generate/record.py wrote. */
interface Fixture {
  readonly model: { readonly variant: string; readonly options: ModelOptions; readonly overrides: Overrides };
  readonly times: number[];
  readonly labels: number[];
  /** Where captions are told: their shape, and how many tokens of each are there. */
  readonly caption?: TextShape & { readonly counts: number[]; readonly textQuery: boolean };
  readonly params: [string, number[]][];
  readonly output: {
    readonly mean: number;
    readonly norm: number;
    readonly first: number[];
    readonly second: number[];
  };
  readonly loss: number;
  readonly grads: { name: string; sum: number; norm: number; first: number[] }[];
}

const TOLERANCE = 1e-4;

const near = (actual: number, expected: number, scale: number, what: string) =>
  expect(Math.abs(actual - expected) / scale, `${what}: ${actual} against ${expected}`).toBeLessThanOrEqual(TOLERANCE);

const sum = (data: Float32Array, of: (v: number) => number = (v) => v) => data.reduce((total, v) => total + of(v), 0);
const floats = (t: Tensor | undefined) => t!.data as Float32Array;

function captionFeeds({ length, width, counts }: NonNullable<Fixture['caption']>): Record<string, Tensor> {
  const n = counts.length;
  const mask = counts.flatMap((count) => Array.from({ length }, (_, i) => (i < count ? 1 : 0)));
  return {
    text: formulaInput('text', [n, length, width]),
    pooled: formulaInput('pooled', [n, width]),
    mask: f32([n, length], mask),
  };
}

/** The tests of a family of denoisers against its reference: parameters by name and shape, the prediction, the gradient of each. */
export function testDenoiserParity(fixtures: URL): void {
  const files = readdirSync(fixtures).filter((f) => f.endsWith('.json'));
  describe.each(files)('%s', (file) => {
    const fixture = JSON.parse(readFileSync(new URL(file, fixtures), 'utf8')) as Fixture;
    const plain = createDenoiser(fixture.model.variant, fixture.model.options, fixture.model.overrides);
    const { caption } = fixture;
    const model = caption ? captioned(plain, { shape: caption, textQuery: caption.textQuery }) : plain;
    const shape = [fixture.labels.length, model.channels, ...model.size];

    it('has the parameters of the reference, by name and shape', () => {
      const listed = (list: readonly unknown[]) => list.map((x) => JSON.stringify(x)).sort();
      const own = graph({ prediction: model.logits }).params.map((p) => [nameOf(p), p.type.shape]);
      expect(listed(own)).toEqual(listed(fixture.params));
    });

    it('gives the prediction, the loss and the gradient of every parameter', async () => {
      const error = sub(model.logits, input('target', 'float32', ['N', ...shape.slice(1)]));
      const loss = reduceMean(mul(error, error), undefined, false);
      const { params } = graph({ loss });
      const grads = gradients(loss, params);
      const outputs: Record<string, Value> = { prediction: model.logits, loss };
      params.forEach((p, i) => {
        outputs[`grad:${nameOf(p)}`] = grads[i]!;
      });
      const g = cleanUp(graph(outputs));
      const program = await compile(await nativeRuntime(), g);
      const out = await program.run({
        image: formulaInput('input', shape),
        target: formulaInput('target', shape),
        time: f32([shape[0]!], fixture.times),
        ...(caption ? captionFeeds(caption) : { label: i64([shape[0]!], fixture.labels) }),
        ...Object.fromEntries(formulaWeights(g)),
      });
      await program.close();
      const prediction = floats(out.prediction);
      const { first, second, norm } = fixture.output;
      const scale = norm / Math.sqrt(prediction.length);
      for (const [i, v] of first.entries()) near(prediction[i]!, v, scale, `prediction[${i}]`);
      for (const [i, v] of second.entries())
        near(prediction.at(i - second.length)!, v, scale, `prediction, ${i} of its end`);
      near(Math.sqrt(sum(prediction, (v) => v * v)), norm, norm, 'norm of the prediction');
      near(floats(out.loss)[0]!, fixture.loss, fixture.loss, 'loss');
      expect(fixture.grads.length).toBe(params.length);
      for (const { name, ...expected } of fixture.grads) {
        const data = floats(out[`grad:${name}`]);
        const floor = Math.max(expected.norm, 1e-3);
        near(Math.sqrt(sum(data, (v) => v * v)), expected.norm, floor, `norm of ${name}`);
        near(sum(data), expected.sum, floor * Math.sqrt(data.length), `sum of ${name}`);
        for (const [i, v] of expected.first.entries()) near(data[i]!, v, floor, `${name}[${i}]`);
      }
    });
  });
}

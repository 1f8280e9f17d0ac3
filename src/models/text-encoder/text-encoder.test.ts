import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { f32, i64 } from '../../base/tensor.ts';
import { nameOf } from '../../graph/graph.ts';
import { initialValues } from '../../nn/init.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { wasmRuntime } from '../../runtime/node/wasm.ts';
import { compile } from '../../runtime/runtime.ts';
import { formulaWeights } from '../../testing/formula.ts';
import { textGraph } from '../denoiser/captioned.ts';
import { smallTextEncoder } from './small.ts';
import { textEncoderConfig } from './text-encoders.ts';

/** What reference/text/record.py wrote of transformers' models. */
interface Fixture {
  readonly config: object;
  readonly ids: number[][];
  readonly mask: number[][];
  readonly params: [string, number[]][];
  /** Of each caption, the tokens that are there, one after the other. */
  readonly text: number[][];
  readonly pooled: number[];
}

describe.each(['bert', 'clip'])('%s', (name) => {
  const fixture: Fixture = JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8'));
  const { encoder, width } = textEncoderConfig.parse(fixture.config);
  const [n, length] = [fixture.ids.length, fixture.ids[0]!.length];
  const g = textGraph(encoder, { length });

  it('has the parameters of transformers, by name and shape', () => {
    const listed = (list: readonly unknown[]) => list.map((x) => JSON.stringify(x)).sort();
    expect(listed(g.params.map((p) => [nameOf(p), p.type.shape]))).toEqual(listed(fixture.params));
  });

  it('gives what transformers gives, on both runtimes', async () => {
    const feeds = { tokens: i64([n, length], fixture.ids.flat()), mask: f32([n, length], fixture.mask.flat()) };
    for (const runtime of [await nativeRuntime(), await wasmRuntime({ threads: 1 })]) {
      const program = await compile(runtime, g, { constants: formulaWeights(g), target: 'standard' });
      const { text, pooled } = await program.run(feeds);
      await program.close();
      fixture.text.flatMap((row, i) =>
        row.map((v, k) => expect(Math.abs(Number(text!.data[i * length * width + k]) - v)).toBeLessThan(1e-4)),
      );
      fixture.pooled.forEach((v, k) => {
        expect(Math.abs(Number(pooled!.data[k]) - v)).toBeLessThan(1e-4);
      });
    }
  });
});

it('says which encoders can be used', () => {
  expect(textEncoderConfig.safeParse({ model_type: 't5', vocab_size: 3 }).success).toBe(false);
});

it('the small encoder tells captions apart from its first values on, and does not look behind their end', async () => {
  const g = textGraph(smallTextEncoder({ vocabulary: 20, width: 64, depth: 2, heads: 2 }), { length: 6 });
  const program = await compile(await nativeRuntime(), g, { constants: initialValues(g, 1) });
  const read = async (ids: number[], count: number) => {
    const mask = f32([1, 6]);
    mask.data.fill(1, 0, count);
    const { text, pooled } = await program.run({ tokens: i64([1, 6], ids), mask });
    return {
      text: [...(text!.data as Float32Array)].slice(0, count * 64),
      pooled: [...(pooled!.data as Float32Array)],
    };
  };
  const one = await read([1, 5, 6, 2, 0, 0], 4);
  expect(await read([1, 5, 6, 2, 9, 9], 4)).toEqual(one);
  const other = await read([1, 5, 7, 2, 0, 0], 4);
  await program.close();
  const distance = (a: number[], b: number[]) => Math.hypot(...a.map((v, i) => v - b[i]!)) / Math.hypot(...a);
  expect(distance(one.pooled, other.pooled)).toBeGreaterThan(0.2);
});

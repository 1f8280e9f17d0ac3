import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { gradients } from '../../autodiff/gradients.ts';
import { f32 } from '../../base/tensor.ts';
import { graph } from '../../graph/graph.ts';
import { input } from '../../graph/value.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile } from '../../runtime/runtime.ts';
import { formulaInput } from '../../testing/formula.ts';
import { type ExitsLoss, exitsLoss } from './exits-loss.ts';

interface Fixture {
  readonly shape: [number, number];
  readonly targets: number[];
  readonly cases: { readonly recipe: ExitsLoss; readonly loss: number; readonly gradients: number[][] }[];
}

/** Recorded by reference/dynamic-perceiver/loss.py. */
const fixture = JSON.parse(readFileSync(new URL('fixtures/exits-loss.json', import.meta.url), 'utf8')) as Fixture;
const { shape } = fixture;

describe.each(fixture.cases)('exits loss $recipe', ({ recipe, loss: expected, gradients: slopes }) => {
  it('is the official engine’s, with its gradient to every exit', async () => {
    const exits = [0, 1, 2, 3].map((i) => input(`exit${i}`, 'float32', shape));
    const targets = input('targets', 'float32', shape);
    const loss = exitsLoss(exits, targets, recipe);
    const grads = Object.fromEntries(gradients(loss, exits).map((g, i) => [`grad${i}`, g]));
    const program = await compile(await nativeRuntime(), graph({ loss, ...grads }));
    const feeds = Object.fromEntries(
      exits.map((_, i) => {
        const u = formulaInput(`exit${i}`, shape);
        return [
          `exit${i}`,
          f32(
            shape,
            u.data.map((v) => 3 * v),
          ),
        ];
      }),
    );
    const out = await program.run({ ...feeds, targets: f32(shape, Float32Array.from(fixture.targets)) });
    await program.close();
    expect(Number(out.loss!.data[0])).toBeCloseTo(expected, 4);
    slopes.forEach((expectedSlope, i) => {
      const actual = out[`grad${i}`]!.data as Float32Array;
      for (const [k, v] of expectedSlope.entries()) expect(actual[k]).toBeCloseTo(v, 6);
    });
  });
});

it('says how many weights there must be', () => {
  const exits = [0, 1].map((i) => input(`exit${i}`, 'float32', shape));
  expect(() => exitsLoss(exits, input('targets', 'float32', shape))).toThrow(
    'a model with 2 exits needs as many weights',
  );
});

import { describe, expect, it } from 'vitest';
import { f32, type Tensor } from '../base/tensor.ts';
import { graph } from '../graph/graph.ts';
import { input } from '../graph/value.ts';
import { rootScope } from '../nn/scope.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { compile } from '../runtime/runtime.ts';
import { formulaInput, formulaWeights } from '../testing/formula.ts';
import { p4mConv, transforms } from './p4m.ts';

const numbers = (t: Tensor) => Array.from(t.data as Float32Array);

const SIDE = 5;
const CHANNELS = 16;

/** A picture of fields under transform `g`: pixels move by it, and the eight planes of a field change places. */
function moved(x: Tensor, g: number): Tensor {
  const [a, b, c, d] = transforms[g]!;
  const out = f32(x.shape);
  const half = (SIDE - 1) / 2;
  x.data.forEach((value, i) => {
    const [channel, at] = [Math.floor(i / SIDE ** 2), i % SIDE ** 2];
    const [e, f, h, k] = transforms[channel % 8]!;
    const both = [a * e + b * h, a * f + b * k, c * e + d * h, c * f + d * k];
    const plane = transforms.findIndex((t) => t.every((v, j) => v === both[j]));
    const [u, v] = [Math.floor(at / SIDE) - half, (at % SIDE) - half];
    const [row, column] = [a * u + b * v + half, c * u + d * v + half];
    out.data[(channel - (channel % 8) + plane) * SIDE ** 2 + row * SIDE + column] = Number(value);
  });
  return out;
}

describe('p4mConv', () => {
  it('turns and mirrors its output as its input was, for all eight transforms', async () => {
    const y = p4mConv(rootScope(), input('x', 'float32', ['N', CHANNELS, SIDE, SIDE]));
    const weights = Object.fromEntries(formulaWeights(graph({ y })));
    const program = await compile(await nativeRuntime(), graph({ y }));
    const x = formulaInput('input', [1, CHANNELS, SIDE, SIDE]);
    const plain = (await program.run({ x, ...weights })).y!;
    for (let g = 0; g < 8; g++) {
      const expected = moved(plain, g);
      const actual = (await program.run({ x: moved(x, g), ...weights })).y!;
      if (g > 0) expect(numbers(actual)).not.toEqual(numbers(plain));
      actual.data.forEach((value, i) => {
        expect(value).toBeCloseTo(Number(expected.data[i]), 5);
      });
    }
    await program.close();
  });

  it('says what it needs', () => {
    const x = input('x', 'float32', ['N', 12, 4, 4]);
    expect(() => p4mConv(rootScope(), x)).toThrow(/multiple of 8 channels .*got 12/);
  });
});

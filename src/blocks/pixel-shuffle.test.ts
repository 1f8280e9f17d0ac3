import { expect, it } from 'vitest';
import { f32, toNumbers } from '../base/tensor.ts';
import { graph } from '../graph/graph.ts';
import { input } from '../graph/value.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { compile } from '../runtime/runtime.ts';
import { pixelShuffle, pixelUnshuffle } from './pixel-shuffle.ts';

it('puts every channel where torch.nn.PixelShuffle puts it, and back', async () => {
  const [n, c, p, h, w] = [2, 3, 2, 2, 5];
  const x = input('x', 'float32', ['N', c * p * p, h, w]);
  const shuffled = pixelShuffle(x, p);
  const program = await compile(
    await nativeRuntime({ threads: 1 }),
    graph({ shuffled, back: pixelUnshuffle(shuffled, p) }),
  );
  const given = f32(
    [n, c * p * p, h, w],
    Array.from({ length: n * c * p * p * h * w }, (_, i) => i),
  );
  const out = await program.run({ x: given });
  await program.close();
  expect(out.shuffled!.shape).toEqual([n, c, h * p, w * p]);
  const found = toNumbers(out.shuffled!);
  // Its formula: out[n, c, h·p + i, w·p + j] = in[n, c·p² + i·p + j, h, w].
  for (let at = 0; at < found.length; at++) {
    const [column, row] = [at % (w * p), Math.floor(at / (w * p)) % (h * p)];
    const [channel, item] = [Math.floor(at / (w * p * h * p)) % c, Math.floor(at / (w * p * h * p * c))];
    const from = channel * p * p + (row % p) * p + (column % p);
    expect(found[at]).toBe(((item * c * p * p + from) * h + Math.floor(row / p)) * w + Math.floor(column / p));
  }
  expect(toNumbers(out.back!)).toEqual(toNumbers(given));
});

it('leaves single pixels as they are', () => {
  const x = input('x', 'float32', ['N', 3, 4, 4]);
  expect(pixelShuffle(x, 1)).toBe(x);
  expect(pixelUnshuffle(x, 1)).toBe(x);
});

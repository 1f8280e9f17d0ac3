import { expect, it } from 'vitest';
import { f32 } from '../base/tensor.ts';
import { clip, div, mul, reduceSum } from '../graph/build.ts';
import { graph } from '../graph/graph.ts';
import { apply1 } from '../graph/op.ts';
import { input } from '../graph/value.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { compile } from '../runtime/runtime.ts';
import { gradients } from './gradients.ts';

it('a normalised vector of zeros has the gradient that PyTorch gives it', async () => {
  const x = input('x', 'float32', [3]);
  const dy = input('dy', 'float32', [3]);
  const y = div(x, clip(apply1('ReduceL2', [x]), 1e-3));
  const [dx] = gradients(reduceSum(mul(y, dy), undefined, false), [x]);
  const program = await compile(await nativeRuntime(), graph({ dx: dx! }));
  const out = await program.run({ x: f32([3]), dy: f32([3], [1, -2, 3]) });
  await program.close();
  // torch: F.normalize(x, dim=0, eps=1e-3) at x = 0
  expect([...out.dx!.data].map((v) => Math.round(Number(v)))).toEqual([1000, -2000, 3000]);
});

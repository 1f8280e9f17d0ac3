import { expect, it } from 'vitest';
import { gradients } from '../../autodiff/gradients.ts';
import { f32 } from '../../base/tensor.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile } from '../../runtime/runtime.ts';
import { mul, reduceSum } from '../build.ts';
import { graph } from '../graph.ts';
import { apply1 } from '../op.ts';
import { input } from '../value.ts';

it('passes its input on and its gradient not', async () => {
  const x = input('x', 'float32', [3]);
  const loss = reduceSum(mul(x, apply1('StopGradient', [x])), undefined, false);
  const g = graph({ loss, slope: gradients(loss, [x])[0]! });
  const program = await compile(await nativeRuntime(), g, { target: 'standard' });
  const out = await program.run({ x: f32([3], [1, -2, 3]) });
  await program.close();
  expect(out.loss!.data[0]).toBe(14);
  // Of x², held once: x, not 2x.
  expect([...out.slope!.data]).toEqual([1, -2, 3]);
});

it('leaves nothing to learn behind it', () => {
  const x = input('x', 'float32', [3]);
  const loss = reduceSum(apply1('StopGradient', [x]), undefined, false);
  expect(() => gradients(loss, [x])).toThrow("no gradient reaches 'x'");
});

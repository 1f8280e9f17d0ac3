import { expect, it } from 'vitest';
import { f32, i64, toNumbers } from '../../base/tensor.ts';
import { graph } from '../../graph/graph.ts';
import { input } from '../../graph/value.ts';
import { initialValues } from '../../nn/init.ts';
import { rootScope } from '../../nn/scope.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile } from '../../runtime/runtime.ts';
import { condition } from './condition.ts';

it('tells the class as loudly as the time, and both as loudly as what they are added to', async () => {
  const given = { time: input('time', 'float32', ['N']), label: input('label', 'int64', ['N']) };
  const g = graph({ told: condition(rootScope(), given, 3, 256) });
  const program = await compile(await nativeRuntime(), g, { constants: initialValues(g, 0) });
  const { told } = await program.run({ time: f32([4], [0.2, 0.2, 0.9, 0.9]), label: i64([4], [0, 1, 0, 1]) });
  await program.close();
  const values = toNumbers(told!);
  const apart = (a: number, b: number) => {
    const squares = Array.from({ length: 256 }, (_, i) => (values[a * 256 + i]! - values[b * 256 + i]!) ** 2);
    return Math.sqrt(squares.reduce((sum, v) => sum + v) / 256);
  };
  const [classes, times] = [apart(0, 1), apart(0, 2)];
  for (const distance of [classes, times]) {
    expect(distance).toBeGreaterThan(0.5);
    expect(distance).toBeLessThan(2.5);
  }
  expect(apart(2, 3)).toBeCloseTo(classes, 4);
});

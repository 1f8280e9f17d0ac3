import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { gradients } from '../autodiff/gradients.ts';
import { mul, reduceMean, sub } from '../graph/build.ts';
import { cleanUp } from '../graph/cleanup.ts';
import { graph, nameOf } from '../graph/graph.ts';
import { input, type Value } from '../graph/value.ts';
import { rootScope } from '../nn/scope.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { compile } from '../runtime/runtime.ts';
import { formulaInput, formulaWeights } from '../testing/formula.ts';
import { conditionedTransformer } from './conditioned.ts';
import { mixer } from './mixer.ts';

/** What reference/generate/record.py wrote of the official DiTBlock. */
interface Fixture {
  readonly inputs: { readonly x: [number, number, number]; readonly condition: [number, number] };
  readonly output: number[];
  readonly loss: number;
  readonly grads: { name: string; shape: number[]; sum: number; norm: number; first: number[] }[];
}
const fixture: Fixture = JSON.parse(readFileSync(new URL('fixtures/dit-block.json', import.meta.url), 'utf8'));

it('a conditioned transformer block is the official DiT block: output, and gradients of inputs and parameters', async () => {
  const { x: tokens, condition } = fixture.inputs;
  const [x, c] = [input('x', 'float32', tokens), input('condition', 'float32', condition)];
  const mix = mixer('mha', { heads: 3, grid: [2, 3] });
  const y = conditionedTransformer(rootScope(), x, c, { mixer: mix, mlpRatio: 2 });
  const error = sub(y, input('target', 'float32', tokens));
  const loss = reduceMean(mul(error, error), undefined, false);
  const { params } = graph({ loss });
  const of = [x, c, ...params];
  const names = ['x', 'condition', ...params.map((p) => nameOf(p)!)];
  const outputs: Record<string, Value> = { y, loss };
  gradients(loss, of).forEach((g, i) => {
    outputs[`grad:${names[i]}`] = g;
  });
  const g = cleanUp(graph(outputs));
  const program = await compile(await nativeRuntime(), g);
  const out = await program.run({
    x: formulaInput('x', tokens),
    condition: formulaInput('condition', condition),
    target: formulaInput('target', tokens),
    ...Object.fromEntries(formulaWeights(g)),
  });
  await program.close();
  const off = (found: number, wanted: number, scale: number, what: string) =>
    expect(Math.abs(found - wanted) / scale, `${what}: ${found} against ${wanted}`).toBeLessThanOrEqual(1e-4);
  const scale = Math.hypot(...fixture.output) / Math.sqrt(fixture.output.length);
  expect(out.y!.data.length).toBe(fixture.output.length);
  fixture.output.forEach((v, i) => {
    off(Number(out.y!.data[i]), v, scale, `output ${i}`);
  });
  off(Number(out.loss!.data[0]), fixture.loss, fixture.loss, 'loss');
  expect(fixture.grads.map(({ name }) => name).sort()).toEqual([...names].sort());
  for (const { name, shape, sum, norm, first } of fixture.grads) {
    const found = out[`grad:${name}`]!;
    expect(found.shape, name).toEqual(shape);
    const data = Array.from(found.data, Number);
    off(Math.hypot(...data), norm, norm, `norm of ${name}`);
    off(
      data.reduce((a, b) => a + b, 0),
      sum,
      norm * Math.sqrt(data.length),
      `sum of ${name}`,
    );
    first.forEach((v, i) => {
      off(data[i]!, v, norm, `${name}[${i}]`);
    });
  }
});

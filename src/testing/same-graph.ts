import type { Tensor } from '../base/tensor.ts';
import { type Graph, nameOf } from '../graph/graph.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { compile, type LoadOptions } from '../runtime/runtime.ts';
import { formulaInput } from './formula.ts';

type Weighted = readonly [Graph, ReadonlyMap<string, Tensor>];

/**
 * Largest difference between the outputs of two graphs for the same inputs, relative to the largest number of each output. The runtime
 * may write them otherwise to be faster, unless `optimize` is none.
 */
export async function differenceBetween(
  before: Weighted,
  after: Weighted,
  options: Pick<LoadOptions, 'optimize'> = {},
): Promise<number> {
  const [a, b] = [await outputsOf(before, options), await outputsOf(after, options)];
  let worst = 0;
  for (const name of before[0].outputs.keys()) {
    const [x, y] = [a[name]!.data as Float32Array, b[name]!.data as Float32Array];
    if (a[name]!.shape.join() !== b[name]!.shape.join()) return Number.POSITIVE_INFINITY;
    const size = Math.max(...x.map(Math.abs));
    x.forEach((v, i) => {
      worst = Math.max(worst, Math.abs(v - y[i]!) / size);
    });
  }
  return worst;
}

/** With 2 for every open dimension. */
async function outputsOf(
  [g, constants]: Weighted,
  options: Pick<LoadOptions, 'optimize'>,
): Promise<Record<string, Tensor>> {
  const program = await compile(await nativeRuntime(), g, { ...options, constants, target: 'standard' });
  const feeds = g.inputs.map((v) => {
    const shape = v.type.shape.map((d) => (typeof d === 'number' ? d : 2));
    return [nameOf(v)!, formulaInput('input', shape)] as const;
  });
  const out = await program.run(Object.fromEntries(feeds));
  await program.close();
  return out;
}

import { describe, expect, it } from 'vitest';
import { gradients } from '../../autodiff/gradients.ts';
import type { Tensor } from '../../base/tensor.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile } from '../../runtime/runtime.ts';
import { formulaInput } from '../../testing/formula.ts';
import { mul, reduceSum, sin } from '../build.ts';
import { graph } from '../graph.ts';
import { apply1, gradientContext, opOf } from '../op.ts';
import { input, type Value } from '../value.ts';

/** Operators outside the ONNX standard: their own kernel and gradient against the standard operators they are lowered to. */
const runtime = await nativeRuntime();

async function outputsOf(y: Value, wrt: Value[], feeds: Record<string, Tensor>): Promise<Tensor[]> {
  // A loss that weighs every element differently.
  const loss = reduceSum(mul(y, sin(y)), undefined, false);
  const named = new Map([['y', y], ...gradients(loss, wrt).map((g, i): [string, Value] => [`g${i}`, g])]);
  const program = await compile(runtime, graph(named));
  const out = await program.run(feeds);
  await program.close();
  return Object.values(out);
}

function lowered(y: Value): Value {
  if (y.origin.kind !== 'node') throw new Error('not a node');
  return opOf(y.origin.node.op).lower!(gradientContext(y.origin.node, [], () => false))[0]!;
}

function expectSame(a: Tensor[], b: Tensor[]) {
  a.forEach((t, i) => {
    expect(b[i]!.shape).toEqual(t.shape);
    t.data.forEach((v, k) => {
      expect(Number(b[i]!.data[k])).toBeCloseTo(Number(v), 4);
    });
  });
}

describe('FusedMatMul', () => {
  const cases = [0, 1].flatMap((transA) => [0, 1].map((transB) => ({ transA, transB })));
  it.each(cases)('transA $transA, transB $transB, batched and broadcast', async ({ transA, transB }) => {
    for (const batch of [[2], [2, 3], []]) {
      const a = input('a', 'float32', [2, 3, ...(transA ? [5, 4] : [4, 5])]);
      const b = input('b', 'float32', [...batch.slice(batch.length === 1 ? 1 : 0), ...(transB ? [6, 5] : [5, 6])]);
      const feeds = { a: formulaInput('a', a.type.shape as number[]), b: formulaInput('b', b.type.shape as number[]) };
      const y = apply1('FusedMatMul', [a, b], { transA, transB, alpha: 0.7 });
      expectSame(await outputsOf(lowered(y), [a, b], feeds), await outputsOf(y, [a, b], feeds));
    }
  });
});

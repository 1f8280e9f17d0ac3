import { add, matmul, mul, reduceMean } from '../../graph/build.ts';
import { type Graph, graph } from '../../graph/graph.ts';
import { input } from '../../graph/value.ts';

/** y = 2x and z = y + b for x [N, 3] and b [3]. */
export function affine(): Graph {
  const x = input('x', 'float32', ['N', 3]);
  const y = mul(x, 2);
  return graph({ y, z: add(y, input('b', 'float32', [3])) });
}

/** A product of n×n matrices, repeated: work that takes a while. */
export function heavy(n: number, times: number): Graph {
  const a = input('a', 'float32', [n, n]);
  let y = a;
  for (let i = 0; i < times; i++) y = mul(matmul(y, a), 1 / n);
  return graph({ mean: reduceMean(y, [0, 1], false) });
}

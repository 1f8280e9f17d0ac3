import { gradients } from '../autodiff/gradients.ts';
import { check } from '../base/errors.ts';
import { random } from '../base/random.ts';
import { f32, type Tensor } from '../base/tensor.ts';
import { add, conv, gelu, logSoftmax, matmul, mul, neg, reduceMean, reduceSum } from '../graph/build.ts';
import { cleanUp } from '../graph/cleanup.ts';
import { type Graph, graph } from '../graph/graph.ts';
import { apply } from '../graph/op.ts';
import { input, type Value } from '../graph/value.ts';
import { compile, type Runtime } from './runtime.ts';

/** What can be asked of any runtime to know that it works and how fast it is. */

const shapes = { kernel: [8, 3, 3, 3], scale: [8], shift: [8], weight: [8, 4], bias: [4] } as const;

/** A training step in little: convolution, batch normalisation, GELU, pooling, linear map, cross-entropy, all gradients. */
function trainingStep(): Graph {
  const p = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, input(name, 'float32', shape)]));
  const image = input('image', 'float32', ['N', 3, 8, 8]);
  const zero = input('mean', 'float32', [8]);
  const one = input('variance', 'float32', [8]);
  const x = conv(image, p.kernel!, undefined, { pads: [1, 1, 1, 1] });
  const [normal] = apply('BatchNormalization', [x, p.scale, p.shift, zero, one], { training_mode: 1, momentum: 0 });
  const pooled = reduceMean(gelu(normal!), [2, 3], false);
  const logits = add(matmul(pooled, p.weight!), p.bias!);
  const targets = input('targets', 'float32', ['N', 4]);
  const loss = reduceMean(neg(reduceSum(mul(logSoftmax(logits), targets), [1], false)), [0], false);
  const names = Object.keys(p);
  const outputs: Record<string, Value> = { loss };
  gradients(
    loss,
    names.map((n) => p[n]!),
  ).forEach((g, i) => {
    outputs[`grad:${names[i]}`] = g;
  });
  return cleanUp(graph(outputs, 'check'));
}

/**
 * Trains in little and compares each parameter's gradient with the change of the loss along it. Returns the largest relative
 * difference; throws a YosegiError when it is 1 % or more.
 */
export async function checkGradient(runtime: Runtime): Promise<number> {
  const program = await compile(runtime, trainingStep());
  const rng = random(1, 'check');
  const drawn = (shape: readonly number[], scale: number) =>
    f32(
      shape,
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => scale * rng.normal()),
    );
  const params = Object.entries(shapes).map(([name, shape]) => [name, drawn(shape, 0.5)] as const);
  const batch = 6;
  const targets = f32([batch, 4]);
  for (let i = 0; i < batch; i++) targets.data[i * 4 + (i % 4)] = 1;
  const rest = {
    image: drawn([batch, 3, 8, 8], 1),
    targets,
    mean: f32([8]),
    variance: f32([8], new Float32Array(8).fill(1)),
  };
  const run = (values: Iterable<readonly [string, Tensor]>) => program.run({ ...rest, ...Object.fromEntries(values) });
  const first = await run(params);
  let worst = 0;
  for (const [name, t] of params) {
    const g = first[`grad:${name}`]!.data as Float32Array;
    const square = g.reduce((sum, x) => sum + x * x, 0);
    // A step that changes the loss by some thousandths: float32 resolves it, and the loss is still nearly straight.
    const step = 0.002 / square;
    const lossAt = async (distance: number) => {
      const moved = f32(
        t.shape,
        t.data.map((x, i) => x + distance * g[i]!),
      );
      return Number((await run([...params, [name, moved]])).loss!.data[0]);
    };
    const slope = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
    worst = Math.max(worst, Math.abs(slope / square - 1));
  }
  await program.close();
  check(
    worst < 0.01,
    () => `${runtime.name} calculates wrongly: a gradient and the change of the loss along it differ by ${worst}`,
  );
  return worst;
}

/** Billions of floating-point operations a second in a product of two 640×640 matrices: the best within `milliseconds`. */
export async function matmulSpeed(
  runtime: Runtime,
  options: { threads?: number; milliseconds?: number } = {},
): Promise<number> {
  const { threads, milliseconds = 300 } = options;
  const n = 640;
  const product = matmul(input('a', 'float32', [n, n]), input('b', 'float32', [n, n]));
  // Only a number comes out, so that copying the result does not count.
  const program = await compile(runtime, graph({ sum: reduceSum(product, [0, 1], false) }), { threads });
  const feeds = {
    a: f32([n, n], new Float32Array(n * n).fill(0.5)),
    b: f32([n, n], new Float32Array(n * n).fill(0.25)),
  };
  await program.run(feeds);
  let best = Number.POSITIVE_INFINITY;
  const end = performance.now() + milliseconds;
  for (let runs = 0; runs < 3 || performance.now() < end; runs++) {
    const start = performance.now();
    await program.run(feeds);
    best = Math.min(best, performance.now() - start);
  }
  await program.close();
  return (2 * n ** 3) / best / 1e6;
}

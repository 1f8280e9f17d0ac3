/** A graph that differentiates itself into plain ONNX, and trains on stock ONNX Runtime: fitting a circle with a small network. */
import {
  compile,
  f32,
  gradients,
  graph,
  type init,
  initialValues,
  input,
  nn,
  openRuntime,
  ops,
  rootScope,
  show,
  type Tensor,
} from '../src/index.ts';

// A model is a function of a scope and a value.
const s = rootScope();
const x = input('x', 'float32', ['N', 2]);
const wide: typeof init.ones = { kind: 'normal', std: 0.7 };
const hidden = ops.tanh(s.in('fc1', (c) => nn.linear(c, x, 16, { init: wide })));
const y = s.in('fc2', (c) => nn.linear(c, hidden, 1, { init: wide }));
const target = input('target', 'float32', ['N', 1]);
const error = ops.sub(y, target);
const loss = ops.reduceMean(ops.mul(error, error), undefined, false);

// Its derivatives are more nodes of the same graph.
const model = graph({ loss });
const names = model.params.map((p) => (p.origin.kind === 'param' ? p.origin.name : ''));
const grads = gradients(loss, model.params);
const step = graph(new Map([['loss', loss], ...grads.map((g, i) => [`grad:${names[i]}`, g] as const)]));
console.log(show(step));

const runtime = await openRuntime();
const program = await compile(runtime, step);
const weights: Record<string, Tensor<'float32'>> = Object.fromEntries(initialValues(model, 1));
const points = f32(
  [256, 2],
  Float32Array.from({ length: 512 }, (_, i) => Math.sin(i * 12.9898) * 1.5),
);
const inside = f32(
  [256, 1],
  Float32Array.from({ length: 256 }, (_, i) => (Math.hypot(points.data[2 * i]!, points.data[2 * i + 1]!) < 1 ? 1 : 0)),
);
let first: number | undefined;
let last = 0;
for (let i = 0; i < 2000; i++) {
  const out = await program.run({ x: points, target: inside, ...weights });
  last = Number(out.loss!.data[0]);
  first ??= last;
  for (const name of names) {
    const g = out[`grad:${name}`]!.data as Float32Array;
    const w = weights[name]!.data;
    for (let k = 0; k < w.length; k++) w[k] = w[k]! - 0.05 * g[k]!;
  }
}
console.log(`loss ${first!.toFixed(4)} → ${last.toFixed(4)}`);
if (!(last < 0.2 * first!)) throw new Error('it did not learn');
await runtime.close();

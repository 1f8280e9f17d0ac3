import { gradients } from '../../../autodiff/gradients.ts';
import { check } from '../../../base/errors.ts';
import { random } from '../../../base/random.ts';
import { sizeOf, type Tensor, tensor, toNumbers } from '../../../base/tensor.ts';
import { dtypeOf } from '../../../onnx/wire/data-type.ts';
import { compile, type Program, type Runtime } from '../../../runtime/runtime.ts';
import { add, cast, mul, reduceSum } from '../../build.ts';
import { cleanUp } from '../../cleanup.ts';
import { graph } from '../../graph.ts';
import { applyNamed, opNamed } from '../../op.ts';
import { dtypeOfRecorded, gradientInputs, type Recorded, type RecordedCase, slopeInputs } from '../../op-table.ts';
import { type Attribute, type Attributes, constant, input, type Value } from '../../value.ts';
import { attributesOf } from '../signatures.ts';

function toTensor(r: Recorded): Tensor {
  const dtype = dtypeOfRecorded(r);
  const t = tensor(dtype, r.shape);
  if (t.data instanceof BigInt64Array) t.data.set(r.data.map((v) => BigInt(v)));
  else if (!(t.data instanceof BigUint64Array)) t.data.set(r.data.map(Number));
  return t;
}

interface Built {
  readonly program: Program;
  readonly feeds: Record<string, Tensor>;
  readonly wrt: readonly number[];
}

/** The case as a graph: float data as inputs, whole numbers (shapes, axes) as constants. */
async function build(runtime: Runtime, c: RecordedCase): Promise<Built> {
  const feeds: Record<string, Tensor> = {};
  const values = c.inputs.map((r, i): Value | undefined => {
    if (!r) return undefined;
    const t = toTensor(r);
    const scalarParameter =
      c.op === 'Resize' || (c.op === 'Clip' && !c.grads[i]) || c.op === 'OneHot' || c.op === 'Pad';
    if (!t.dtype.startsWith('float') || (i > 0 && scalarParameter)) return constant(t);
    feeds[`x${i}`] = t;
    return input(`x${i}`, t.dtype, t.shape);
  });
  const outputs = applyNamed(c.op, values, printable(c));
  const named: Record<string, Value> = {};
  c.outputs.forEach((_, i) => {
    named[`y${i}`] = outputs[i]!;
  });
  const wrt = gradientInputs(c);
  const terms = c.cotangents.flatMap((r, i) =>
    r ? [reduceSum(mul(cast(outputs[i]!, 'float32'), constant(toTensor(r))), undefined, false)] : [],
  );
  if (wrt.length > 0) {
    const loss = terms.reduce((a, b) => add(a, b));
    named.loss = loss;
    gradients(
      loss,
      wrt.map((i) => values[i]!),
    ).forEach((g, k) => {
      named[`g${wrt[k]}`] = g;
    });
  }
  // Only the gradients' shape arithmetic is cleaned up: folded on the host, the runtime would not see the operator.
  const g = wrt.length > 0 ? cleanUp(graph(named)) : graph(named);
  return { program: await compile(runtime, g, { optimize: 'basic' }), feeds, wrt };
}

/** The attributes that the record knows. */
function printable(c: RecordedCase): Attributes {
  const attrs: Record<string, Attribute> = { ...c.attrs };
  const names = Object.keys(attributesOf(opNamed(c.op)));
  if (c.op === 'Cast') attrs.to = dtypeOf(Number(attrs.to))!;
  for (const key of Object.keys(attrs)) if (!names.includes(key)) delete attrs[key];
  return attrs;
}

function expectClose(actual: Tensor, expected: Recorded, tolerance: number, what: string): void {
  check(
    actual.shape.join() === expected.shape.join(),
    () => `${what}: shape: [${actual.shape}] against [${expected.shape}]`,
  );
  const values = toNumbers(actual);
  const scale = Math.max(1, ...expected.data.map((v) => Math.abs(Number(v))).filter(Number.isFinite));
  values.forEach((v, i) => {
    const wanted = Number(expected.data[i]);
    const near = v === wanted || Math.abs(v - wanted) <= tolerance * scale;
    check(near, () => `${what}[${i}]: ${v} against ${expected.data[i]}`);
  });
}

/** The slope of the loss along a random direction, by central differences, against the gradient's. */
async function expectSlope(c: RecordedCase, built: Built, grads: Record<string, Tensor>): Promise<void> {
  const rng = random(11, 'slope');
  const step = 4e-3;
  for (const i of slopeInputs(c)) {
    const x = built.feeds[`x${i}`]!.data as Float32Array;
    const direction = Float32Array.from(x, () => rng.normal());
    const at = async (sign: number) => {
      const data = x.map((v, k) => v + sign * step * direction[k]!);
      const feeds = { ...built.feeds, [`x${i}`]: { ...built.feeds[`x${i}`]!, data } };
      return toNumbers((await built.program.run(feeds)).loss!)[0]!;
    };
    const slope = ((await at(1)) - (await at(-1))) / (2 * step);
    const g = toNumbers(grads[`g${i}`]!);
    const along = g.reduce((sum, v, k) => sum + v * direction[k]!, 0);
    const size = Math.sqrt(g.reduce((sum, v) => sum + v * v, 0)) * Math.sqrt(sizeOf(built.feeds[`x${i}`]!.shape));
    check(Math.abs(slope - along) <= 2e-2 * size + 2e-3, () => `slope of input ${i}: ${slope} against ${along}`);
  }
}

/**
 * Throws where a runtime does not give an operator's outputs, its gradients as they were recorded, or gradients that its finite
 * differences agree with; the message begins with what is wrong (bench/compatibility reads it).
 */
export async function checkCase(runtime: Runtime, c: RecordedCase): Promise<void> {
  const built = await build(runtime, c);
  try {
    const got = await built.program.run(built.feeds);
    c.outputs.forEach((r, i) => {
      expectClose(got[`y${i}`]!, r, 2e-5, `output ${i}`);
    });
    for (const i of built.wrt) expectClose(got[`g${i}`]!, c.grads[i]!, 1e-4, `gradient of input ${i}`);
    await expectSlope(c, built, got);
  } finally {
    await built.program.close();
  }
}

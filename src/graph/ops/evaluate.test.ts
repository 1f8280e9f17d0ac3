import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { random } from '../../base/random.ts';
import { type DType, f32, i64, sizeOf, type Tensor, tensor, toNumbers } from '../../base/tensor.ts';
import { dtypeOf } from '../../onnx/wire/data-type.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile } from '../../runtime/runtime.ts';
import { readAttributes } from '../attributes.ts';
import { graph } from '../graph.ts';
import { apply, applyNamed, type Op, opNamed, opOf } from '../op.ts';
import { type Attribute, type Attributes, constant, input, type Value } from '../value.ts';
import { halfBits } from './host.ts';
import { castTo } from './host-math.ts';
import { signatures } from './signatures.ts';

/** Host evaluation against what PyTorch recorded (reference/ops) and against ONNX Runtime. */
interface Recorded {
  readonly dtype?: DType;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface Case {
  readonly name: string;
  readonly op: string;
  readonly attrs: Attributes;
  readonly inputs: readonly (Recorded | null)[];
  readonly outputs: readonly Recorded[];
}

const folder = new URL('./fixtures/', import.meta.url);
const cases = readdirSync(folder).flatMap((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Case[]);
const runtime = await nativeRuntime();

function made(dtype: DType, shape: readonly number[], values: ArrayLike<number>): Tensor {
  const t = tensor(dtype, shape);
  if (t.data instanceof BigInt64Array || t.data instanceof BigUint64Array) t.data.set(Array.from(values, BigInt));
  else t.data.set(dtype === 'float16' ? Array.from(values, halfBits) : values);
  return t;
}

function attributesOf(c: Case): Attributes {
  const known: Record<string, Attribute> = {};
  for (const [name, value] of Object.entries(c.attrs)) if (name in signatures[opNamed(c.op)]) known[name] = value;
  if (c.op === 'Cast') known.to = dtypeOf(Number(c.attrs.to))!;
  return known;
}

function same(actual: Tensor, expected: Tensor | Recorded, what: string, tolerance = 1e-6): void {
  expect(actual.shape, what).toEqual(expected.shape);
  const values =
    'dtype' in expected && ArrayBuffer.isView(expected.data) ? toNumbers(expected as Tensor) : expected.data;
  toNumbers(actual).forEach((v, i) => {
    const e = Number(values[i]);
    expect(Math.abs(v - e) <= tolerance * Math.max(1, Math.abs(e)) || v === e, `${what}[${i}]: ${v} against ${e}`).toBe(
      true,
    );
  });
}

describe('evaluate', () => {
  const evaluable = cases.filter((c) => opOf(opNamed(c.op)).evaluate);

  it.each(evaluable.map((c, i) => [`${i} ${c.op} ${c.name}`, c] as const))('%s', (_, c) => {
    const op: Op = opOf(opNamed(c.op));
    const inputs = c.inputs.map((r) => (r ? made(r.dtype ?? 'float32', r.shape, r.data) : undefined));
    const results = op.evaluate!(inputs, readAttributes(op.name, attributesOf(c)));
    const repeats = c.op === 'Pad' && c.attrs.mode !== undefined && c.attrs.mode !== 'constant';
    if (repeats || (c.attrs.reduction ?? 'none') !== 'none') {
      expect(results).toEqual([]);
      return;
    }
    const types = applyNamed(
      c.op,
      inputs.map((t) => t && constant(t)),
      attributesOf(c),
    ).map((v) => v.type);
    results.forEach((t, i) => {
      expect(t.dtype).toBe(types[i]!.dtype);
      if (c.outputs[i]) same(t, c.outputs[i], `output ${i}`, 3e-6);
    });
  });
});

describe('on the runtime', () => {
  const rng = random(5, 'evaluate');
  const floats = (shape: number[]) =>
    f32(
      shape,
      Float32Array.from({ length: sizeOf(shape) }, () => 3 * rng.normal()),
    );
  const wholes = (dtype: DType, shape: number[], low: number, high: number) =>
    made(
      dtype,
      shape,
      Array.from({ length: sizeOf(shape) }, () => Math.floor(low + rng.uniform() * (high - low))),
    );
  const bools = (shape: number[]) => wholes('bool', shape, 0, 2);

  /** The operator on the host and on ONNX Runtime, where inputs of `fixed` are constants. */
  async function both(
    op: string,
    inputs: readonly (Tensor | undefined)[],
    attrs: Attributes = {},
    fixed: number[] = [],
  ) {
    const record: Op = opOf(opNamed(op));
    const host = record.evaluate!(inputs, readAttributes(record.name, attrs));
    const feeds: Record<string, Tensor> = {};
    const values = inputs.map((t, i): Value | undefined => {
      if (!t) return undefined;
      if (fixed.includes(i)) return constant(t);
      feeds[`x${i}`] = t;
      return input(`x${i}`, t.dtype, t.shape);
    });
    const outputs = applyNamed(op, values, attrs);
    const g = graph(Object.fromEntries(outputs.map((v, i) => [`y${i}`, v])));
    const program = await compile(runtime, g, { optimize: 'none' });
    const out = await program.run(feeds);
    await program.close();
    expect(host.length).toBe(outputs.length);
    host.forEach((t, i) => {
      expect(t.dtype).toBe(out[`y${i}`]!.dtype);
      same(t, out[`y${i}`]!, `${op} ${inputs.map((x) => x?.dtype)} output ${i}`);
    });
  }

  it('arithmetic on integers', async () => {
    for (const dtype of ['int64', 'int32'] as const) {
      const [a, b] = [wholes(dtype, [3, 1, 4], -9, 9), wholes(dtype, [2, 1], 1, 5)];
      for (const op of ['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max', 'Mod', 'Equal', 'Less', 'GreaterOrEqual']) {
        await both(op, [a, b]);
      }
      await both('Mod', [a, b], { fmod: 1 });
      await both('Mod', [a, wholes(dtype, [4], -5, -1)]);
      for (const op of ['Neg', 'Abs', 'Sign']) await both(op, [a]);
      await both('Pow', [a, wholes(dtype, [4], 0, 3)]);
      for (const op of ['ReduceSum', 'ReduceMax', 'ReduceMin', 'ReduceProd']) {
        await both(op, [a, i64([2], [0, -1])], { keepdims: 0 }, [1]);
      }
      await both('CumSum', [a, i64([], [2])], { reverse: 1, exclusive: 1 });
    }
    await both('ArgMax', [floats([3, 4, 2])], { axis: 1, keepdims: 0 });
    await both('ArgMin', [made('float32', [1, 4], [2, 1, 1, 3])], { axis: 1, select_last_index: 1 });
  });

  it('logic, choice and bounds', async () => {
    const [a, b] = [bools([3, 1]), bools([4])];
    for (const op of ['And', 'Or', 'Xor', 'Equal']) await both(op, [a, b]);
    await both('Not', [a]);
    await both('IsNaN', [f32([3], [1, Number.NaN, Number.POSITIVE_INFINITY])]);
    await both('Where', [a, floats([3, 4]), floats([1])]);
    await both('Where', [a, wholes('int64', [1, 4], -5, 5), wholes('int64', [], -5, 5)]);
    await both('Clip', [floats([9]), f32([], [-1])]);
    await both('Clip', [floats([9]), undefined, f32([], [0.5])]);
    await both('NonZero', [bools([3, 5])]);
  });

  it('moves of every element type', async () => {
    for (const dtype of ['int64', 'int32', 'bool', 'float32', 'uint8'] as const) {
      const x = wholes(dtype, [2, 3, 4], 0, 2);
      await both('Transpose', [x], { perm: [2, 0, 1] });
      await both(
        'Slice',
        [x, i64([2], [1, -1]), i64([2], [3, -9]), i64([2], [1, 2]), i64([2], [1, -2])],
        {},
        [1, 2, 3, 4],
      );
      await both('Concat', [x, wholes(dtype, [2, 2, 4], 0, 2)], { axis: -2 });
      await both('Split', [x, i64([2], [1, 2])], { axis: 1 }, [1]);
      await both('Gather', [x, i64([2, 2], [1, -1, 0, 2])], { axis: 1 });
      await both('GatherND', [x, i64([2, 2], [1, 2, 0, -1])]);
      await both('GatherND', [x, i64([2, 1], [2, 0])], { batch_dims: 1 });
      await both('GatherElements', [x, i64([2, 1, 4], [0, 1, 2, 0, 1, 2, 0, -1])], { axis: 1 });
      await both('Expand', [wholes(dtype, [3, 1], 0, 2), i64([3], [2, 1, 5])], {}, [1]);
      await both('Tile', [x, i64([3], [1, 2, 3])], {}, [1]);
      await both('ScatterND', [x, i64([1, 2], [1, 0]), wholes(dtype, [1, 4], 0, 2)]);
      await both('ScatterElements', [x, i64([1, 1, 2], [2, 0]), wholes(dtype, [1, 1, 2], 0, 2)], { axis: 1 });
      await both('Unsqueeze', [x, i64([2], [0, -1])], {}, [1]);
      await both('Flatten', [x], { axis: 2 });
    }
    await both('Pad', [floats([2, 3]), i64([4], [1, -1, 0, 2]), f32([], [7])], {}, [1]);
    await both('Range', [i64([], [7]), i64([], [-4]), i64([], [-3])], {}, [0, 1, 2]);
    await both('Range', [f32([], [0]), f32([], [1]), f32([], [0.25])], {}, [0, 1, 2]);
    await both('Trilu', [floats([2, 3, 4]), i64([], [-1])], { upper: 0 });
    await both('OneHot', [i64([2, 2], [0, -1, 3, 1]), i64([], [3]), f32([2], [0.1, 0.9])], { axis: 1 }, [1]);
    await both('ConstantOfShape', [i64([2], [2, 3])], { value: i64([1], [4]) }, [0]);
  });

  it('casts, half floats to the bit', async () => {
    const special = [0, -0, 1, 65504, 65519, 65520, -1e9, 2 ** -24, 2 ** -25, 3 * 2 ** -25, 6.1e-5, 1e-7];
    const x = f32(
      [200],
      Float32Array.from({ length: 200 }, (_, i) => special[i] ?? rng.normal() * 2 ** ((i % 40) - 25)),
    );
    await both('Cast', [x], { to: 'float16' });
    await both('Cast', [made('float16', [200], toNumbers(x))], { to: 'float32' });
    await both('Cast', [f32([5], [-1.9, 1.9, 0, 3, -0.5])], { to: 'int64' });
    await both('Cast', [f32([3], [-1.5, 0, 0.5])], { to: 'bool' });
    await both('Cast', [wholes('int64', [6], -300, 300)], { to: 'int32' });
    await both('Cast', [bools([6])], { to: 'float32' });
    // The binding has no bfloat16: there and back inside one graph.
    const narrow = apply('Cast', [input('x', 'float32', [200])], { to: 'bfloat16' });
    const program = await compile(runtime, graph({ y: apply('Cast', narrow, { to: 'float32' })[0]! }));
    same(castTo(castTo(x, 'bfloat16'), 'float32'), (await program.run({ x })).y!, 'bfloat16', 0);
    await program.close();
  });
});

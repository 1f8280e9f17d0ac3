import { type Dim, divDim, productOf } from '../../../graph/dim.ts';
import { integersOf, stridesOf } from '../../../graph/ops/host.ts';
import { shapeValue } from '../../../graph/shape-value.ts';
import { constantOf, type Value } from '../../../graph/value.ts';
import { type Call, type Converter, input } from '../call.ts';
import { forBatch, reshapeTo } from '../reshape.ts';
import { direct } from './direct.ts';

/**
 * PyTorch's exporter writes `as_strided` as a Gather from the flat tensor at computed indices. Where these count up through the
 * whole tensor it is a reshape, and is taken as one.
 */

/** Indices that are offset + Σ stride · position. */
interface Affine {
  readonly offset: number;
  readonly strides: readonly number[];
}

const LARGEST = 1 << 16;
const constants = new WeakMap<Value, Affine | undefined>();

function affineOf(v: Value | undefined, depth = 12): Affine | undefined {
  const t = constantOf(v);
  if (t && v) {
    if (!constants.has(v))
      constants.set(v, t.data.length <= LARGEST ? affineConstant(integersOf(t), t.shape) : undefined);
    return constants.get(v);
  }
  if (v?.origin.kind !== 'node' || depth === 0) return undefined;
  const { node } = v.origin;
  const [a, b] = node.inputs;
  const { shape } = v.type;
  switch (node.op) {
    case 'Range':
      return shapeValue(a)?.[0] === 0 && shapeValue(node.inputs[2])?.[0] === 1
        ? { offset: 0, strides: [1] }
        : undefined;
    case 'Unsqueeze': {
      const x = affineOf(a, depth - 1);
      const axes = constantOf(b) && integersOf(constantOf(b)!).map((i) => (i < 0 ? i + shape.length : i));
      const rest = [...(x?.strides ?? [])];
      return x && axes && { offset: x.offset, strides: shape.map((_, i) => (axes.includes(i) ? 0 : rest.shift()!)) };
    }
    case 'Mul': {
      const by = constantOf(b)?.data.length === 1 ? integersOf(constantOf(b)!)[0]! : undefined;
      const x = affineOf(a, depth - 1);
      if (!x || by === undefined || x.strides.length !== shape.length) return undefined;
      return { offset: x.offset * by, strides: x.strides.map((s) => s * by) };
    }
    case 'Add': {
      const [x, y] = [affineOf(a, depth - 1), affineOf(b, depth - 1)];
      if (!x || !y) return undefined;
      const at = (s: readonly number[], i: number) => s[i - shape.length + s.length] ?? 0;
      return { offset: x.offset + y.offset, strides: shape.map((_, i) => at(x.strides, i) + at(y.strides, i)) };
    }
    default:
      return undefined;
  }
}

function affineConstant(values: readonly number[], shape: readonly number[]): Affine | undefined {
  const offset = values[0];
  if (offset === undefined) return undefined;
  const steps = stridesOf(shape);
  const strides = shape.map((d, i) => (d === 1 ? 0 : values[steps[i]!]! - offset));
  const fits = values.every((v, at) => {
    const expected = shape.reduce((sum, d, i) => sum + (Math.floor(at / steps[i]!) % d) * strides[i]!, offset);
    return v === expected;
  });
  return fits ? { offset, strides } : undefined;
}

/** True where the indices are 0, 1, 2, … in the order of their own shape. */
function countsUp(indices: Value): boolean {
  const affine = affineOf(indices);
  const { shape } = indices.type;
  if (affine?.offset !== 0) return false;
  return shape.every((d, i) => d === 1 || affine.strides[i] === productOf(shape.slice(i + 1)));
}

function wholeTensor(c: Call, x: Value, indices: Value): readonly Dim[] | undefined {
  const { shape } = indices.type;
  if (x.type.shape.length !== 1 || shape.length < 2 || !countsUp(indices)) return undefined;
  const missing = divDim(x.type.shape[0]!, productOf(shape));
  if (missing === 1) return shape;
  return missing === c.symbols.batch && missing !== undefined ? forBatch(x, shape, c.symbols).dims : undefined;
}

const gather: Converter = (c) => {
  const [x, indices] = [input(c, 0), input(c, 1)];
  const whole = wholeTensor(c, x, indices);
  if (!whole) return direct(c);
  c.attrs.ignore('axis');
  return [reshapeTo(c, x, whole)];
};

export const gathering: Record<string, Converter> = { Gather: gather };

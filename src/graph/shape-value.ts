import { toNumbers } from '../base/tensor.ts';
import { addDim, type Dim, divDim, mulDim, opaque } from './dim.ts';
import { opOf, readAttributes } from './op.ts';
import { constantOf, type Value } from './value.ts';

/**
 * What is known of an integer vector (or scalar) that says a shape: constants, `Shape` nodes and the arithmetic that
 * exporters put around them. Undefined when an element depends on data.
 */
export function shapeValue(value: Value | undefined): Dim[] | undefined {
  if (!value) return undefined;
  const tensor = constantOf(value);
  if (tensor) return tensor.shape.length <= 1 ? toNumbers(tensor) : undefined;
  if (value.origin.kind !== 'node') return undefined;
  const { node } = value.origin;
  const rule = rules[node.op];
  if (!rule) return undefined;
  const attrs = readAttributes(opOf(node.op), node.attrs);
  return rule(
    (i) => shapeValue(node.inputs[i]),
    (name) => (attrs.has(name) ? attrs.int(name) : undefined),
    node.inputs,
  );
}

type Rule = (
  input: (i: number) => Dim[] | undefined,
  attr: (name: string) => number | undefined,
  inputs: readonly (Value | undefined)[],
) => Dim[] | undefined;

const same: Rule = (input) => input(0);

function zip(combine: (a: Dim, b: Dim) => Dim | undefined): Rule {
  return (input) => {
    const a = input(0);
    const b = input(1);
    if (!a || !b) return undefined;
    const out: Dim[] = [];
    for (let i = 0; i < Math.max(a.length, b.length); i++) {
      const d = combine(a[a.length === 1 ? 0 : i]!, b[b.length === 1 ? 0 : i]!);
      if (d === undefined) return undefined;
      out.push(d);
    }
    return out;
  };
}

const rules: Record<string, Rule> = {
  Identity: same,
  Cast: same,
  Squeeze: same,
  Unsqueeze: same,
  Reshape: same,
  Flatten: same,
  Shape: (_input, attr, inputs) => {
    const shape = inputs[0]!.type.shape;
    return shape.slice(attr('start') ?? 0, attr('end') ?? shape.length);
  },
  Concat: (input, _attr, inputs) => {
    const parts = inputs.map((_, i) => input(i));
    return parts.every((p) => p !== undefined) ? parts.flat() : undefined;
  },
  Gather: (input) => {
    const data = input(0);
    const indices = input(1);
    return data && indices?.map((i) => (typeof i === 'number' ? data.at(i) : undefined)).reduce(collect, []);
  },
  Slice: (input) => {
    const [data, starts, ends, , steps] = [0, 1, 2, 3, 4].map(input);
    const [start, end, step] = [starts?.[0], ends?.[0], steps?.[0] ?? 1];
    if (!data || typeof start !== 'number' || typeof end !== 'number' || step !== 1) return undefined;
    return data.slice(start, end);
  },
  Mul: zip(mulDim),
  Add: zip(addDim),
  Sub: zip((a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : opaque(`${a}-${b}`))),
  Div: zip((a, b) =>
    typeof a === 'number' && typeof b === 'number' ? Math.trunc(a / b) : (divDim(a, b) ?? opaque(`${a}/${b}`)),
  ),
  ReduceProd: (input) => {
    const dims = input(0);
    return dims && [dims.reduce<Dim>(mulDim, 1)];
  },
};

function collect(all: Dim[] | undefined, d: Dim | undefined): Dim[] | undefined {
  return all && d !== undefined ? [...all, d] : undefined;
}

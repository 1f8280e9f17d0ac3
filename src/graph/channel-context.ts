import type { AttrReader } from './attributes.ts';
import { Axis, productAxis, unify } from './axes.ts';
import { type Dim, divDim, mulDim } from './dim.ts';
import type { OpName } from './ops/signatures.ts';
import type { Attributes, Node } from './value.ts';

/**
 * The relation of channels, written once for every operator: from the axes of its inputs a rule makes the axes of its outputs, as
 * `infer` makes their types, and says which axes are the same. Read by graph/channels.ts.
 */
export type ChannelContext<K extends OpName = OpName> = Relating<AttrReader<K>>;

interface Relating<Attrs> {
  readonly node: Node;
  readonly attrs: Attrs;
  /** One axis for each dimension of input `i`; none where the input is left out. */
  in(i: number): readonly Axis[];
  /** Says how attributes and constant inputs change when axes have lost indices; `size` tells how many an axis has left. */
  resized(change: (size: (axis: Axis) => number) => Resized): void;
}

export interface Resized {
  readonly attrs?: Attributes;
  /** New whole numbers for inputs that are constants, by their place. */
  readonly inputs?: Readonly<Record<number, readonly number[]>>;
}

type ChannelRule = (c: ChannelContext) => readonly (readonly Axis[])[];

/** Axes that lose nothing, one for each dimension. */
export const fixedAxes = (shape: readonly Dim[]): Axis[] => shape.map((d) => new Axis(d, true));

/** Nothing is known: no dimension of what goes in or comes out can lose an index. */
export const unrelated: ChannelRule = (c) => {
  c.node.inputs.forEach((_, i) => {
    for (const a of c.in(i)) a.fix();
  });
  return c.node.outputs.map((y) => fixedAxes(y.type.shape));
};

/** The outputs have nothing of the inputs' dimensions, and the inputs may lose what they like: only their shape is read, or nothing. */
export const independent: ChannelRule = (c) => c.node.outputs.map((y) => fixedAxes(y.type.shape));

/** Dimensions as those of input 0. */
export const likeFirst: ChannelRule = (c) => c.node.outputs.map(() => c.in(0));

/** Dimensions as NumPy broadcasts them; the last ones lie over each other. */
export const aligned: ChannelRule = (c) => [alignedAxes(c, c.node.inputs.keys())];

/** The axes of an output that the given inputs are broadcast to. */
export function alignedAxes(
  c: ChannelContext,
  inputs: Iterable<number>,
  shape = c.node.outputs[0]!.type.shape,
): Axis[] {
  const all = [...inputs].filter((i) => c.node.inputs[i]).map((i) => ({ axes: c.in(i), dims: dimsOf(c, i) }));
  return shape.map((d, at) => {
    const back = at - shape.length;
    const [first, ...more] = all.flatMap(({ axes, dims }) =>
      dims.at(back) === d && -back <= dims.length ? axes.at(back)! : [],
    );
    if (!first) return new Axis(d, true);
    for (const a of more) unify(first, a);
    return first;
  });
}

const dimsOf = (c: ChannelContext, i: number): readonly Dim[] => c.node.inputs[i]!.type.shape;

/** The same numbers under another shape: dimensions that are joined make a product, one that is parted falls into factors. */
export function reshapedAxes(axes: readonly Axis[], from: readonly Dim[], to: readonly Dim[]): Axis[] {
  const out: Axis[] = [];
  let [i, j] = [0, 0];
  while (j < to.length) {
    if (to[j] === 1) {
      out.push(new Axis(1, true));
      j++;
      continue;
    }
    while (from[i] === 1) i++;
    const block = nextBlock(from, to, i, j);
    if (!block) {
      for (const a of axes.slice(i)) a.fix();
      return [...out, ...fixedAxes(to.slice(j))];
    }
    out.push(...blockAxes(axes.slice(i, block.i), to.slice(j, block.j)));
    [i, j] = [block.i, block.j];
  }
  return out;
}

/** The fewest dimensions from `i` and `j` on that hold equally many elements. */
function nextBlock(
  from: readonly Dim[],
  to: readonly Dim[],
  i: number,
  j: number,
): { i: number; j: number } | undefined {
  let [a, b] = [from[i++], to[j++]];
  while (a !== b) {
    if (a === undefined || b === undefined) return undefined;
    if (divDim(b, a) !== undefined || (typeof a === 'number' && typeof b === 'number' && a < b)) {
      if (i >= from.length) return undefined;
      a = mulDim(a, from[i++]!);
    } else {
      if (j >= to.length) return undefined;
      b = mulDim(b, to[j++]!);
    }
  }
  return { i, j };
}

function blockAxes(axes: readonly Axis[], to: readonly Dim[]): Axis[] {
  if (axes.length === 1 && to.length === 1) return [axes[0]!];
  const sizes = to.filter((d) => typeof d === 'number');
  if (sizes.length < to.length || axes.some((a) => a.size === undefined)) {
    for (const a of axes) a.fix();
    return fixedAxes(to);
  }
  return productAxis(axes).factor(sizes);
}

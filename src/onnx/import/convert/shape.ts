import { check } from '../../../base/errors.ts';
import { ints } from '../../../graph/build.ts';
import { type Dim, divDim, sameShape } from '../../../graph/dim.ts';
import { axisOf } from '../../../graph/ops/host.ts';
import { constantOf, type Value } from '../../../graph/value.ts';
import { type Call, type Converter, dimsOf, input, make1 } from '../call.ts';
import { forBatch, reshapeTo, vectorOf, withoutOpen, withoutZeros } from '../reshape.ts';

/** Operators that a shape tells what to do. Shapes computed from the image's own become constants, or the shortest computation. */

function knownDims(c: Call, i: number): readonly Dim[] {
  const dims = dimsOf(c, i);
  check(dims, 'the shape depends on the image; it must be known when the model is read');
  return dims;
}

const reshape: Converter = (c) => {
  const x = input(c, 0);
  const from = x.type.shape;
  const literal = knownDims(c, 1);
  const zeros = c.attrs.int('allowzero', 0) === 1;
  const asked = zeros ? literal : withoutZeros(from, literal);
  const { dims, before } = forBatch(x, asked, c.symbols);
  const unchanged = sameShape(asked, dims) && constantOf(c.inputs[1]);
  if (unchanged) return c.make('Reshape', [x, c.inputs[1]], zeros ? { allowzero: 1 } : {});
  // Sizes that are no products of the inputs' are computed as the file does it.
  const y = sameShape(asked, dims)
    ? reshapeTo(c, x, withoutOpen(from, dims), input(c, 1))
    : reshapeTo(c, x, withoutOpen(from, dims));
  c.symbols.setBefore(y, before);
  return [y];
};

const expand: Converter = (c) => {
  const x = input(c, 0);
  const dims = knownDims(c, 1);
  const { shape } = x.type;
  // Sizes written for one image, where the input has the batch already: that dimension stays.
  const own = (i: number) => shape[i - dims.length + shape.length];
  const kept = dims.map((d, i) => (c.symbols.isBatch(own(i) ?? 1) && divDim(own(i)!, c.symbols.batch!) === d ? 1 : d));
  if (!sameShape(kept, dims)) return c.make('Expand', [x, vectorOf(c, kept)]);
  if (constantOf(c.inputs[1])) return c.make('Expand', c.inputs);
  return [make1(c, 'Expand', [x, vectorOrGiven(c, dims)])];
};

/** The sizes computed from the inputs', or as the file does it where they are no simple products. */
function vectorOrGiven(c: Call, dims: readonly Dim[]): Value {
  return c.symbols.vector(dims, c.make) ?? input(c, 1);
}

/** A part that was made once for one image (a class token) is repeated for each image of the batch. */
const concat: Converter = (c) => {
  const parts = c.inputs.map((_, i) => input(c, i));
  check(parts.length > 0, 'it has no inputs');
  const { shape } = parts[0]!.type;
  const axis = axisOf(c.attrs.int('axis', 0), shape.length);
  const batched = parts.find((p) => p.type.shape.some((d, i) => i !== axis && c.symbols.isBatch(d)))?.type.shape;
  const repeated = parts.map((p) => {
    const wanted = p.type.shape.map((d, i) => (d === 1 && batched && c.symbols.isBatch(batched[i]!) ? batched[i]! : d));
    return sameShape(wanted, p.type.shape) ? p : make1(c, 'Expand', [p, vectorOf(c, wanted)]);
  });
  return c.make('Concat', repeated, { axis });
};

/** Repeats of a dimension of one may be a symbol. */
const tile: Converter = (c) => {
  const x = input(c, 0);
  const repeats = knownDims(c, 1);
  if (repeats.every((r) => typeof r === 'number')) return c.make('Tile', [x, ints(repeats)]);
  const { shape } = x.type;
  const numbers = repeats.map((r) => (typeof r === 'number' ? r : 1));
  const tiled = numbers.every((r) => r === 1) ? x : make1(c, 'Tile', [x, ints(numbers)]);
  const wide = tiled.type.shape.map((d, i) => {
    const r = repeats[i]!;
    check(typeof r === 'number' || shape[i] === 1, () => `a dimension of ${shape[i]} is repeated '${r}' times`);
    return typeof r === 'number' ? d : r;
  });
  return [make1(c, 'Expand', [tiled, vectorOf(c, wide)])];
};

export const shapes: Record<string, Converter> = { Reshape: reshape, Expand: expand, Concat: concat, Tile: tile };

import { check } from '../../../base/errors.ts';
import { equal, mul, scalar, sub } from '../../../graph/build.ts';
import type { Value } from '../../../graph/value.ts';
import { type Call, type Converter, constantInput, input, make1 } from '../call.ts';
import { ownAttributes } from './direct.ts';

/** Arithmetic that takes fewer inputs, or others, in our records. */

/** Many operands, two at a time: gradients are defined for pairs. */
const pairwise =
  (op: string): Converter =>
  (c) => {
    const values = c.inputs.map((_, i) => input(c, i));
    check(values.length > 0, 'it has no inputs');
    return [values.reduce((a, b) => make1(c, op, [a, b]))];
  };

const LOWEST = -3.4028234663852886e38;

/** Bounds as attributes (to opset 10); the largest float on either side means none. */
function oldClip(c: Call): readonly Value[] {
  const [low, high] = [c.attrs.float('min', LOWEST), c.attrs.float('max', -LOWEST)];
  const { dtype } = input(c, 0).type;
  const bound = (v: number) => (Math.abs(v) >= -LOWEST ? undefined : scalar(v, dtype));
  return c.make('Clip', [input(c, 0), bound(low), bound(high)]);
}

export const elementwise: Record<string, Converter> = {
  Max: pairwise('Max'),
  Min: pairwise('Min'),
  Sum: pairwise('Add'),
  Mean: (c) => [mul(pairwise('Add')(c)[0]!, 1 / c.inputs.length)],
  Clip: (c) => (c.opset < 11 ? oldClip(c) : c.make('Clip', c.inputs.map(orNothing))),
  // The exponent may be of another type; it becomes the base's.
  Pow: (c) => {
    const [a, b] = [input(c, 0), input(c, 1)];
    return c.make('Pow', [a, make1(c, 'Cast', [b], { to: a.type.dtype })]);
  },
  Cast: (c) => {
    c.attrs.ignore('round_mode');
    check(c.attrs.has('to'), "attribute 'to' is missing");
    return c.make('Cast', c.inputs, ownAttributes(c));
  },
  CastLike: (c) => {
    c.attrs.ignore('saturate', 'round_mode');
    return c.make('Cast', [input(c, 0)], { to: input(c, 1).type.dtype });
  },
  // Inference leaves nothing out. A file exported for training marks where training does.
  Dropout: (c) => {
    const given = constantInput(c, 1, 'the ratio');
    const rate = given ? Number(given.data[0]) : c.attrs.float('ratio', 0.5);
    const on = constantInput(c, 2, 'the training mode');
    c.attrs.ignore('seed');
    const marks = c.training && on?.data[0] && rate > 0 && rate < 1;
    return [marks ? make1(c, 'Dropout', [input(c, 0)], { rate }) : input(c, 0)];
  },
  // Not an operator of the standard, but tf2onnx leaves it in (Keras' GELU).
  Erfc: (c) => [sub(1, make1(c, 'Erf', [input(c, 0)]))],
  IsInf: (c) => {
    const both = c.attrs.int('detect_negative', 1) === 1 && c.attrs.int('detect_positive', 1) === 1;
    check(both, 'it looks for infinity of one sign only, which is not supported');
    return [equal(make1(c, 'Abs', [input(c, 0)]), Number.POSITIVE_INFINITY)];
  },
};

/** An empty tensor in the place of a bound is no bound. */
const orNothing = (v: Value | undefined) => (v?.type.shape.includes(0) ? undefined : v);

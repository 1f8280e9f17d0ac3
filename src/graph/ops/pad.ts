import { check } from '../../base/errors.ts';
import { Axis, sumAxis } from '../axes.ts';
import { alongAxis, pad } from '../build.ts';
import type { ChannelContext } from '../channel-context.ts';
import { addDim, fixed, opaque } from '../dim.ts';
import { type GradientContext, type InferContext, register } from '../op.ts';
import { shapeValue } from '../shape-value.ts';
import { constant, type Value } from '../value.ts';
import { declined, given, hostContext } from './host.ts';
import { padded } from './host-layout.ts';
import { hostless, integers, typed } from './known.ts';
import { axisOf } from './reduce.ts';

/** Pad: more elements on the sides, or fewer. */

/** Which input element each padded position repeats, for the modes that repeat. */
function padSource(mode: string, size: number, begin: number, end: number): number[] {
  return Array.from({ length: size + begin + end }, (_, i) => {
    const at = i - begin;
    if (mode === 'edge') return Math.max(0, Math.min(size - 1, at));
    if (mode === 'wrap') return ((at % size) + size) % size;
    const period = Math.max(1, 2 * (size - 1));
    const folded = ((at % period) + period) % period;
    return folded < size ? folded : period - folded;
  });
}

/** Whether it is known how much is added: it may hang on how many boxes a detector keeps. */
const isKnown = (c: InferContext) => shapeValue(c.inputs[1])?.every((d) => typeof d === 'number') ?? false;

function padSpec(c: InferContext): { begin: number[]; end: number[] } {
  const rank = c.type(0).shape.length;
  const pads = integers(c, 1, 'pads')!;
  const axes = integers(c, 3, 'axes') ?? Array.from({ length: rank }, (_, i) => i);
  check(pads.length === 2 * axes.length, () => `pads must have ${2 * axes.length} entries, got ${pads.length}`);
  const begin = new Array<number>(rank).fill(0);
  const end = new Array<number>(rank).fill(0);
  axes.forEach((a, i) => {
    const axis = axisOf(a, rank);
    begin[axis] = pads[i]!;
    end[axis] = pads[i + axes.length]!;
  });
  return { begin, end };
}

function padGradient(c: GradientContext): Value {
  const { begin, end } = padSpec(c);
  const mode = c.attrs.string('mode');
  if (mode === 'constant')
    return pad(
      c.dy,
      [...begin, ...end].map((p) => -p),
    );
  return c.type(0).shape.reduce<Value>((g, d, axis) => {
    if (begin[axis] === 0 && end[axis] === 0) return g;
    const size = fixed(d, 'a padded dimension');
    const source = padSource(mode, size, begin[axis]!, end[axis]!);
    const back = new Float32Array(size * source.length);
    source.forEach((s, i) => {
      back[s * source.length + i] = 1;
    });
    return alongAxis(g, axis, constant({ dtype: 'float32', shape: [size, source.length], data: back }));
  }, c.dy);
}

/** Zeros beside a dimension stay; where elements are cut off, or repeated, nothing may go. */
function paddedAxes(c: ChannelContext<'Pad'>): Axis[] {
  if (!isKnown(hostless(c))) {
    return c.in(0).map((a, k) => {
      a.fix();
      return new Axis(c.node.outputs[0]!.type.shape[k]!, true);
    });
  }
  const { begin, end } = padSpec(hostless(c));
  const { shape } = c.node.outputs[0]!.type;
  return c.in(0).map((a, k) => {
    const [before, behind] = [begin[k]!, end[k]!];
    if (before === 0 && behind === 0) return a;
    if (a.size !== undefined && before >= 0 && behind >= 0 && c.attrs.string('mode') === 'constant') {
      return sumAxis([new Axis(before, true), a, new Axis(behind, true)]);
    }
    a.fix();
    return new Axis(shape[k]!, true);
  });
}

register({
  name: 'Pad',
  channels: (c) => [paddedAxes(c)],
  evaluate: (inputs, attrs) => {
    if (attrs.string('mode') !== 'constant') return declined;
    const { begin, end } = padSpec(hostContext(inputs, attrs));
    return [padded(given(inputs, 0), begin, end, inputs[2])];
  },
  infer: (c) => {
    const { shape } = c.type(0);
    if (!isKnown(c)) {
      return typed(
        c,
        shape.map((d) => opaque(`padded ${d}`)),
      );
    }
    const { begin, end } = padSpec(c);
    return typed(
      c,
      shape.map((d, i) => addDim(d, begin[i]! + end[i]!)),
    );
  },
  gradient: (c) => [padGradient(c)],
});

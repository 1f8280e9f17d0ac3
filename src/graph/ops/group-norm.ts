import { check } from '../../base/errors.ts';
import { f32 } from '../../base/tensor.ts';
import { unify } from '../axes.ts';
import { add, mul, reduceMean, reshape, sub } from '../build.ts';
import { likeFirst } from '../channel-context.ts';
import { type Dim, fixed } from '../dim.ts';
import { apply1, type GradientContext, register } from '../op.ts';
import { constant, isAll, type Value } from '../value.ts';
import { affineGradients, elementCost, inverseStd, normalizedGradient, perChannel } from './norm.ts';

/** Normalisations over groups of channels of one picture. */

register(
  {
    name: 'InstanceNormalization',
    parameters: [undefined, 'scale', 'bias'],
    channels: (c) => {
      const channels = c.in(0)[1]!;
      for (const i of [1, 2]) unify(channels, c.in(i)[0]!);
      return likeFirst(c);
    },
    infer: (c) => [c.type(0)],
    cost: elementCost(8),
    gradient: (c) => groupedGradient(c, fixed(c.type(0).shape[1], 'the number of channels')),
  },
  {
    name: 'GroupNormalization',
    writtenOut: true,
    parameters: [undefined, 'scale', 'bias'],
    channels: (c) => {
      const channels = c.in(0)[1]!;
      for (const i of [1, 2]) unify(channels, c.in(i)[0]!);
      const groups = c.attrs.int('num_groups');
      const [group, within] = channels.factor([groups, channels.size! / groups]);
      within!.measure();
      c.resized((size) => ({ attrs: { num_groups: groups === 1 ? 1 : size(group!) } }));
      return likeFirst(c);
    },
    opset: 21,
    unprinted:
      'ONNX Runtime takes the variance as E[x²] − E[x]², which is NaN where the mean is large against the spread',
    infer: (c) => {
      const channels = fixed(c.type(0).shape[1], 'the number of channels');
      const groups = c.attrs.int('num_groups');
      check(channels % groups === 0, () => `${channels} channels do not divide into ${groups} groups`);
      return [c.type(0)];
    },
    cost: elementCost(8),
    // Instance normalisation over groups, then a scale and bias for each channel.
    lower: (c) => {
      const x = c.in(0);
      const rank = x.type.shape.length;
      const [groups, epsilon] = [c.attrs.int('num_groups'), c.attrs.float('epsilon')];
      // A channel is a group: that kernel has a scale and a bias for each.
      if (groups === x.type.shape[1]) return [apply1('InstanceNormalization', [x, c.in(1), c.in(2)], { epsilon })];
      const ones = constant(f32([groups], new Float32Array(groups).fill(1)));
      const zeros = constant(f32([groups]));
      const grouped = reshape(x, groupedShape(x.type.shape, groups));
      const normal = apply1('InstanceNormalization', [grouped, ones, zeros], { epsilon });
      const ungrouped = reshape(normal, x.type.shape);
      const scaled = isAll(c.in(1), 1) ? ungrouped : mul(ungrouped, perChannel(c.in(1), rank));
      return [isAll(c.in(2), 0) ? scaled : add(scaled, perChannel(c.in(2), rank))];
    },
    gradient: (c) => groupedGradient(c, c.attrs.int('num_groups')),
  },
);

function groupedShape(shape: readonly Dim[], groups: number): Dim[] {
  const rest = shape.slice(2).reduce<number>((n, d) => n * fixed(d, 'a spatial dimension'), 1);
  return [shape[0]!, groups, (fixed(shape[1], 'the number of channels') / groups) * rest];
}

function groupedGradient(
  c: GradientContext<'InstanceNormalization' | 'GroupNormalization'>,
  groups: number,
): (Value | undefined)[] {
  const { shape } = c.type(0);
  const grouped = groupedShape(shape, groups);
  const x = reshape(c.in(0), grouped);
  // Twice: a mean in float32 is off by a part of a spread that is far smaller.
  const once = sub(x, reduceMean(x, [2]));
  const centred = sub(once, reduceMean(once, [2]));
  const inv = inverseStd(reduceMean(mul(centred, centred), [2]), c.attrs.float('epsilon'));
  const xhat = mul(centred, inv);
  return affineGradients(
    c,
    reshape(xhat, shape),
    (v) => perChannel(v, shape.length),
    (g) => reshape(normalizedGradient(reshape(g, grouped), xhat, inv, [2]), shape),
  );
}

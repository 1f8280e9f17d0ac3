import { expect, it } from 'vitest';
import { gradients } from '../../autodiff/gradients.ts';
import { random } from '../../base/random.ts';
import { f32, sizeOf, type Tensor } from '../../base/tensor.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile } from '../../runtime/runtime.ts';
import { mul, reduceSum } from '../build.ts';
import { cleanUp } from '../cleanup.ts';
import { graph } from '../graph.ts';
import { applyNamed } from '../op.ts';
import { type Attributes, input, type Value } from '../value.ts';

/**
 * Normalisations of data whose mean is far larger than its spread, as after an image that is not normalised or a bias that has
 * run away: outputs, statistics and gradients against the same in float64.
 */
interface Subject {
  readonly op: string;
  readonly attrs: Attributes;
  readonly shape: readonly number[];
  /** Which statistics an element belongs to, and which scale and bias. */
  readonly group: (i: number) => number;
  readonly channel: (i: number) => number;
}

const pixels = 12 * 10;
const map = { shape: [3, 8, 12, 10], channel: (i: number) => Math.floor(i / pixels) % 8 };
const byImage = (i: number) => Math.floor(i / pixels);

const subjects: Record<string, Subject> = {
  'batch normalisation': { op: 'BatchNormalization', attrs: { training_mode: 1 }, ...map, group: map.channel },
  'batch normalisation as training writes it': {
    op: 'BatchNormalization',
    attrs: { training_mode: 1, momentum: 0 },
    ...map,
    group: map.channel,
  },
  'instance normalisation': { op: 'InstanceNormalization', attrs: {}, ...map, group: byImage },
  'group normalisation': {
    op: 'GroupNormalization',
    attrs: { num_groups: 2 },
    ...map,
    group: (i) => Math.floor(byImage(i) / 4),
  },
  'layer normalisation': {
    op: 'LayerNormalization',
    attrs: {},
    shape: [6, 20, 96],
    group: (i) => Math.floor(i / 96),
    channel: (i) => i % 96,
  },
};

type Numbers = Record<string, Float64Array>;

/** In float64, from the definition. */
function reference(s: Subject, x: Float32Array, dy: Float32Array, scale: Float32Array, bias: Float32Array): Numbers {
  const sums = (of: (i: number) => number, at: (i: number) => number) => {
    const out = new Float64Array(1 + x.reduce((most, _, i) => Math.max(most, at(i)), 0));
    x.forEach((_, i) => {
      out[at(i)]! += of(i);
    });
    return out;
  };
  const n = sums(() => 1, s.group);
  const each = (of: (i: number) => number) => sums(of, s.group).map((v, g) => v / n[g]!);
  const mean = each((i) => x[i]!);
  const variance = each((i) => (x[i]! - mean[s.group(i)]!) ** 2);
  const inv = (i: number) => 1 / Math.sqrt(variance[s.group(i)]! + 1e-5);
  const normal = (i: number) => (x[i]! - mean[s.group(i)]!) * inv(i);
  const slope = (i: number) => dy[i]! * scale[s.channel(i)]!;
  const [m1, m2] = [each(slope), each((i) => slope(i) * normal(i))];
  const all = (of: (i: number) => number) => Float64Array.from(x, (_, i) => of(i));
  return {
    y: all((i) => normal(i) * scale[s.channel(i)]! + bias[s.channel(i)]!),
    mean,
    variance,
    dx: all((i) => inv(i) * (slope(i) - m1[s.group(i)]! - normal(i) * m2[s.group(i)]!)),
    dscale: sums((i) => dy[i]! * normal(i), s.channel),
    dbias: sums((i) => dy[i]!, s.channel),
  };
}

/** The largest error, relative to the largest number. */
function errorOf(actual: Tensor, expected: Float64Array): number {
  const size = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const errors = expected.map((v, i) => Math.abs(Number(actual.data[i]) - v));
  return errors.some(Number.isNaN) ? Number.NaN : Math.max(...errors) / size;
}

const runtime = await nativeRuntime();
const ratios = [1, 100, 1000, 10_000];
const cases = Object.entries(subjects).flatMap(([name, s]) => ratios.map((r) => [name, r, s] as const));

it.each(cases)('%s, mean %d times the deviation', async (_, ratio, s) => {
  const rng = random(1, 'large mean');
  const draw = (shape: readonly number[], mean: number) =>
    f32(
      shape,
      Float32Array.from({ length: sizeOf(shape) }, () => mean + rng.normal()),
    );
  const vector = [s.op === 'LayerNormalization' ? 96 : 8];
  const feeds: Record<string, Tensor<'float32'>> = {
    x: draw(s.shape, ratio),
    dy: draw(s.shape, 0.3),
    scale: draw(vector, 1),
    bias: draw(vector, 0),
  };
  const value = Object.fromEntries(Object.entries(feeds).map(([name, t]) => [name, input(name, 'float32', t.shape)]));
  const { x, dy, scale, bias } = value as {
    [name in 'x' | 'dy' | 'scale' | 'bias']: Value;
  };
  const batch = s.op === 'BatchNormalization';
  const running = batch ? [mul(scale, 0), mul(bias, 0)] : [];
  const [y, mean, variance] = applyNamed(s.op, [x, scale, bias, ...running], s.attrs);
  const [dx, dscale, dbias] = gradients(reduceSum(mul(y!, dy), undefined, false), [x, scale, bias]);
  const statistics: Record<string, Value> = batch && s.attrs.momentum === 0 ? { mean: mean!, variance: variance! } : {};
  const g = graph({ y: y!, dx: dx!, dscale: dscale!, dbias: dbias!, ...statistics });
  const program = await compile(runtime, cleanUp(g));
  const got = await program.run(feeds);
  await program.close();
  const data = (name: string) => feeds[name]!.data;
  const wanted = reference(s, data('x'), data('dy'), data('scale'), data('bias'));
  for (const [name, t] of Object.entries(got)) {
    expect(errorOf(t, wanted[name]!), name).toBeLessThan(ratio === 1 ? 2e-6 : 1e-3);
  }
});

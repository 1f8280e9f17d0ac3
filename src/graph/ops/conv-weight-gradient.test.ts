import { afterAll, describe, expect, it } from 'vitest';
import { random } from '../../base/random.ts';
import { f32, sizeOf } from '../../base/tensor.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile } from '../../runtime/runtime.ts';
import { conv } from '../build.ts';
import { graph } from '../graph.ts';
import { input } from '../value.ts';
import type { ConvGeometry } from './conv-columns.ts';
import {
  ways,
  weightGradientByColumns,
  weightGradientByTaps,
  weightGradientByUnfolding,
} from './conv-weight-gradient.ts';

const runtime = await nativeRuntime({ threads: 1 });
afterAll(() => runtime.close());

interface Drawn {
  readonly batch: number;
  readonly size: readonly number[];
  /** Channels of a group, read and made. */
  readonly each: readonly [number, number];
  readonly g: ConvGeometry;
}

/** A convolution that may be. */
function drawn(seed: number): Drawn {
  const rng = random(seed, 'convolution');
  const from = (least: number, most: number) => least + Math.floor(rng.uniform() * (most - least + 1));
  const both = (least: number, most: number) => [from(least, most), from(least, most)] as const;
  const kernel = [...both(1, 3)];
  const dilations = [...both(1, 2)];
  return {
    batch: from(1, 3),
    // At least as large as the kernel reaches.
    size: kernel.map((k, i) => (k - 1) * dilations[i]! + from(1, 5)),
    each: [...both(1, 3)],
    g: { kernel, dilations, strides: [...both(1, 3)], begin: [...both(0, 2)], end: [...both(0, 2)], group: from(1, 3) },
  };
}

const fill = (shape: readonly number[], seed: number) => {
  const rng = random(seed, shape.join());
  return f32(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => rng.uniform() - 0.5),
  );
};

/** The weight's gradient, straight from its definition. */
function byHand(x: ReturnType<typeof fill>, dy: ReturnType<typeof fill>, shape: readonly number[], g: ConvGeometry) {
  const [outputs, each, kh, kw] = shape as [number, number, number, number];
  const [n, channels, h, w] = x.shape as [number, number, number, number];
  const [, , oh, ow] = dy.shape as [number, number, number, number];
  const dw = new Float64Array(sizeOf(shape));
  for (let i = 0; i < dw.length; i++) {
    const [o, c] = [Math.floor(i / (each * kh * kw)), Math.floor(i / (kh * kw)) % each];
    const [a, b] = [Math.floor(i / kw) % kh, i % kw];
    const from = Math.floor(o / (outputs / g.group)) * each + c;
    for (let image = 0; image < n; image++)
      for (let p = 0; p < oh * ow; p++) {
        const row = Math.floor(p / ow) * g.strides[0]! + a * g.dilations[0]! - g.begin[0]!;
        const column = (p % ow) * g.strides[1]! + b * g.dilations[1]! - g.begin[1]!;
        if (row < 0 || row >= h || column < 0 || column >= w) continue;
        dw[i]! +=
          dy.data[(image * outputs + o) * oh * ow + p]! * x.data[((image * channels + from) * h + row) * w + column]!;
      }
  }
  return dw;
}

describe('the forms of a weight gradient', () => {
  it.each(Array.from({ length: 40 }, (_, i) => i))(
    'agree with its definition on random convolution %i',
    async (seed) => {
      const { batch, size, each, g } = drawn(seed);
      const x = input('x', 'float32', ['N', each[0] * g.group, ...size]);
      const shape = [each[1] * g.group, each[0], ...g.kernel];
      const w = input('w', 'float32', shape);
      const { strides, dilations, group } = g;
      const y = conv(x, w, undefined, { strides, dilations, group, pads: [...g.begin, ...g.end] });
      const dy = input('dy', 'float32', y.type.shape);
      const outputs = {
        taps: weightGradientByTaps(x, dy, g, shape),
        unfolded: weightGradientByUnfolding(x, dy, g, shape),
        tapsByImage: weightGradientByTaps(x, dy, g, shape, ways.imageByImage(group)),
        tapsWhole: weightGradientByTaps(x, dy, g, shape, ways.wholeBatch(group)),
        unfoldedByImage: weightGradientByUnfolding(x, dy, g, shape, ways.imageByImage(group)),
        unfoldedWhole: weightGradientByUnfolding(x, dy, g, shape, ways.wholeBatch(group)),
        ...(group === 1 && { columns: weightGradientByColumns(x, dy, g, shape) }),
      };
      const feeds = {
        x: fill([batch, each[0] * group, ...size], seed),
        dy: fill([batch, ...y.type.shape.slice(1).map(Number)], seed + 1),
      };
      const expected = byHand(feeds.x, feeds.dy, shape, g);
      const program = await compile(runtime, graph(outputs));
      const found = await program.run(feeds);
      await program.close();
      for (const [name, { data }] of Object.entries(found)) {
        expect(data.length, name).toBe(expected.length);
        for (const [i, v] of expected.entries()) expect(Number(data[i]), `${name} ${i}`).toBeCloseTo(v, 4);
      }
    },
  );
});

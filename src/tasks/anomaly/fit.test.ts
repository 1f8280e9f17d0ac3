import { describe, expect, it } from 'vitest';
import { random } from '../../base/random.ts';
import { f32 } from '../../base/tensor.ts';
import { graph } from '../../graph/graph.ts';
import { createModel } from '../../models/registry.ts';
import { initialValues } from '../../nn/init.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile } from '../../runtime/runtime.ts';
import type { Batch, BatchSource } from '../batch.ts';
import { type AnomalyJob, fitAnomaly } from './fit.ts';
import { auroc, PixelCurves } from './metrics/index.ts';
import { anomalyNetwork, settled } from './network.ts';
import { anomalyOptions } from './options.ts';

const SIDE = 64;
const PIXELS = SIDE * SIDE;
const runtime = await nativeRuntime();

/** Noisy stripes; an anomalous picture has a bright disc, which its mask shows. */
function stripes(n: number, anomalous: boolean) {
  const rng = random(11, 'stripes', n);
  const [cx, cy] = [16 + rng.below(32), 16 + rng.below(32)];
  const phase = rng.uniform() * 6;
  const mask = new Uint8Array(PIXELS);
  const pixels = new Float32Array(3 * PIXELS);
  for (let i = 0; i < PIXELS; i++) {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    if (anomalous && (x - cx) ** 2 + (y - cy) ** 2 <= 64) mask[i] = 1;
    const value = mask[i] ? 2 : Math.sin(x / 3 + phase) / 2;
    for (let c = 0; c < 3; c++) pixels[c * PIXELS + i] = value + rng.normal() / 10;
  }
  return { pixels, mask, anomalous };
}
type Picture = ReturnType<typeof stripes>;

function source(pictures: readonly Picture[], size = 5): BatchSource<boolean> {
  return {
    length: pictures.length,
    batchesPerEpoch: Math.ceil(pictures.length / size),
    async batch(_, index): Promise<Batch<boolean>> {
      const part = pictures.slice(index * size, (index + 1) * size);
      const images = f32([part.length, 3, SIDE, SIDE]);
      part.forEach(({ pixels }, i) => {
        images.data.set(pixels, i * 3 * PIXELS);
      });
      const indices = Uint32Array.from(part, (_, i) => index * size + i);
      const views = new Uint32Array(part.length).fill(1);
      return { images, targets: {}, truths: part.map((p) => p.anomalous), placements: [], indices, views };
    },
    close: async () => {},
  };
}

const good = Array.from({ length: 12 }, (_, n) => stripes(n, false));
const held = Array.from({ length: 8 }, (_, n) => stripes(100 + n, n % 2 === 1));
const others = Array.from({ length: 12 }, (_, n) => stripes(200 + n, n % 2 === 1));
const model = createModel('mobilenetv2_035', { size: SIDE, classes: 2 });

function jobOf(anomalyMethod: 'memory' | 'gaussian', more: Partial<AnomalyJob<boolean>> = {}): AnomalyJob<boolean> {
  const given = anomalyOptions.parse({ anomalyMethod, featureChannels: 16, falseAlarms: 0.05 });
  const options = settled(given, model, good.length, 3);
  const weights = initialValues(graph(anomalyNetwork(model, options).outputs), 0);
  return {
    model,
    options,
    runtime,
    threads: 1,
    seed: 3,
    weights,
    good: source(good),
    held: { source: source(held), isGood: (anomalous) => !anomalous },
    ...more,
  };
}

describe.each(['memory', 'gaussian'] as const)('%s', (method) => {
  it('finds what no good picture has, says where, and from which score on', { timeout: 120_000 }, async () => {
    const job = jobOf(method);
    const heard = new Set<string>();
    const { weights, threshold } = await fitAnomaly({ ...job, onProgress: (what) => heard.add(what) });
    expect(heard).toContain('threshold');
    expect(threshold.pictures).toBe(16);
    const network = anomalyNetwork(model, job.options);
    const program = await compile(runtime, graph(network.outputs), {
      constants: new Map([...job.weights, ...weights]),
    });
    const scores = new Map<Picture, number>();
    const curves = new PixelCurves();
    for (const picture of others) {
      const out = await program.run({ image: f32([1, 3, SIDE, SIDE], picture.pixels) });
      expect(out.map!.shape).toEqual([1, 1, SIDE, SIDE]);
      scores.set(picture, Number(out.score!.data[0]));
      curves.add(out.map!.data as Float32Array, picture.mask, [SIDE, SIDE]);
    }
    await program.close();
    const of = (wanted: boolean) => others.filter((p) => p.anomalous === wanted).map((p) => scores.get(p)!);
    expect(auroc(of(true), of(false))).toBeGreaterThan(0.95);
    expect(Math.min(...of(true))).toBeGreaterThan(1);
    expect(of(false).filter((s) => s > 1).length).toBeLessThanOrEqual(2);
    expect(curves.figures().auroc!).toBeGreaterThan(0.85);
  });

  it('is the same again for a seed', { timeout: 120_000 }, async () => {
    const [a, b] = [await fitAnomaly(jobOf(method)), await fitAnomaly(jobOf(method))];
    expect(b).toEqual(a);
  });
});

describe('a fit', () => {
  it('needs two good pictures, and stops when asked to', async () => {
    await expect(fitAnomaly(jobOf('memory', { good: source(good.slice(0, 1)) }))).rejects.toThrow(
      /at least two good pictures, got 1/,
    );
    await expect(fitAnomaly(jobOf('memory', { signal: AbortSignal.abort() }))).rejects.toThrow(/stopped before/);
  });
});

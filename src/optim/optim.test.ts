import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clipScale, norm } from './clip.ts';
import { emaUpdate } from './ema.ts';
import { adamW, type Optimizer, sgd } from './optimizer.ts';
import { learningRate } from './schedule.ts';

/** Against torch.optim on the same gradients (reference/ops/optim.py). */
interface RunOptions {
  readonly lr: number;
  readonly betas: [number, number];
  readonly eps: number;
  readonly weight_decay: number;
  readonly momentum: number;
  readonly nesterov: boolean;
}
interface Fixture {
  readonly steps: {
    readonly param0: number[];
    readonly grads: number[][];
    readonly runs: { name: string; optimizer: 'AdamW' | 'SGD'; options: RunOptions; params: number[][] }[];
  };
  readonly clip: { max_norm: number; tensors: { data: number[] }[]; norm: number; clipped: { data: number[] }[] }[];
  readonly ema: { decay: number; start: number[]; values: number[][]; averages: number[][] };
}
const fixture = JSON.parse(readFileSync(new URL('./fixtures/optim.json', import.meta.url), 'utf8')) as Fixture;

function near(actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-6) {
  expected.forEach((e, i) => {
    expect(Math.abs(actual[i]! - e), `element ${i}: ${actual[i]} against ${e}`).toBeLessThanOrEqual(
      tolerance * Math.max(1, Math.abs(e)),
    );
  });
}

describe('optimisers follow PyTorch', () => {
  const { param0, grads, runs } = fixture.steps;
  it.each(runs.map((r) => [r.name, r] as const))('%s', (_, run) => {
    const { betas, eps: epsilon, weight_decay: weightDecay, momentum, nesterov, lr } = run.options;
    const segments = [{ start: 0, end: param0.length, weightDecay }];
    const optimizer: Optimizer =
      run.optimizer === 'AdamW'
        ? adamW(param0.length, segments, { betas, epsilon })
        : sgd(param0.length, segments, { momentum, nesterov });
    const params = Float32Array.from(param0);
    run.params.forEach((expected, i) => {
      optimizer.step(params, Float32Array.from(grads[i]!), lr, i + 1);
      near(params, expected, 2e-6);
    });
  });
});

describe('clipping', () => {
  it.each(fixture.clip)('to $max_norm', (c) => {
    const flat = Float32Array.from(c.tensors.flatMap((t) => t.data));
    const n = norm(flat);
    near([n], [c.norm]);
    const scale = clipScale(n, c.max_norm);
    near(
      flat.map((g) => g * scale),
      c.clipped.flatMap((t) => t.data),
    );
  });
});

describe('the moving average', () => {
  it('follows its definition', () => {
    const { decay, start, values, averages } = fixture.ema;
    const average = Float32Array.from(start);
    values.forEach((v, i) => {
      emaUpdate(average, Float32Array.from(v), decay);
      near(average, averages[i]!);
    });
  });
});

describe('the learning rate', () => {
  const schedule = { base: 1, min: 0.1, warmup: 4, total: 20 };
  it('rises linearly, then falls along a cosine to its minimum', () => {
    expect(learningRate(schedule, 0)).toBe(0.25);
    expect(learningRate(schedule, 3)).toBe(1);
    expect(learningRate(schedule, 4)).toBe(1);
    expect(learningRate(schedule, 12)).toBeCloseTo(0.55);
    expect(learningRate(schedule, 20)).toBeCloseTo(0.1);
  });
});

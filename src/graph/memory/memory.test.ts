import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gradients } from '../../autodiff/gradients.ts';
import { toOnnx } from '../../onnx/print.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { loadGraph } from '../../runtime/runtime.ts';
import { matmul, reduceMean, sigmoid } from '../build.ts';
import { cleanUp } from '../cleanup.ts';
import { type Graph, graph, outputOf } from '../graph.ts';
import { input, type Value } from '../value.ts';
import { withAgain } from './again.ts';
import { chooseAgain } from './choose.ts';
import { peakOf, runOrder } from './peak.ts';
import { computedAgain, inOrder, ORDER } from './rebuild.ts';
import { type Steps, stepsOf } from './steps.ts';
import { isGradient, randomStep } from './testing/random-step.ts';

const runtime = await nativeRuntime({ threads: 1 });
const step = (
  reads: number[],
  writes: number[],
  more: Partial<Steps['steps'][number]> = {},
): Steps['steps'][number] => ({
  reads,
  writes,
  view: false,
  inPlace: false,
  cost: 1,
  repeatable: true,
  late: false,
  rank: 0,
  ...more,
});
/** Steps by hand; every value has a shape of its own unless it is told. */
const listed = (steps: Steps['steps'], bytes: number[], roots: number[], kinds = bytes.map((_, v) => v)): Steps => ({
  steps: steps.map((s, rank) => ({ ...s, rank })),
  bytes,
  kinds,
  boundKinds: kinds.map((k) => k + 100),
  roots,
});

describe('peakOf', () => {
  const chain = [step([0], [1]), step([1], [2], { view: true }), step([2], [3], { inPlace: true }), step([3], [4])];

  it('frees what nobody reads any more, and counts views and results in place once', () => {
    // 0 (input) → 1 → 2 (view of 1) → 3 (in place of 1) → 4.
    const s = listed(chain, [0, 10, 10, 10, 3], [4], [0, 1, 1, 1, 2]);
    expect(peakOf(s)).toEqual({ bytes: 13, step: 3, held: [3, 4] });
    // Of another shape, it has no place there.
    expect(peakOf({ ...s, kinds: [0, 1, 1, 3, 2] }).bytes).toBe(20);
    expect(peakOf({ ...s, steps: s.steps.map((x) => ({ ...x, inPlace: false })) }).bytes).toBe(20);
    // Somebody else still reads it.
    const read = listed([...chain, step([1, 4], [5])], [0, 10, 10, 10, 3, 1], [5], [0, 1, 1, 1, 2, 4]);
    expect(peakOf(read).bytes).toBe(23);
  });

  it('keeps what has become free for the next value of the same shape', () => {
    // 1 is done with when 2 is there; 5 has its shape and comes last, 4 is large.
    const steps = [step([0], [1]), step([1], [2]), step([2], [3]), step([3], [4]), step([4], [5])];
    const bytes = [0, 10, 1, 1, 20, 10];
    expect(peakOf(listed(steps, bytes, [5])).bytes).toBe(30);
    expect(peakOf(listed(steps, bytes, [5], [0, 1, 2, 3, 4, 1])).bytes).toBe(31);
  });
});

describe('runOrder', () => {
  it('is ONNX Runtime’s', async () => {
    for (const seed of [1, 2, 3]) {
      const g = inOrder(randomStep(seed, 12).g, isGradient);
      // Everything hangs on the one output.
      const whole = graph({ order: outputOf(g, ORDER) });
      const expected = runOrder(stepsOf(whole, isGradient));
      const names = toOnnx(whole).graph!.node!.map((n) => n.name!);
      const seen = await executed(whole, seed);
      // An output under two names has a node more.
      expect(seen.filter((n) => names.includes(n) && !n.endsWith('/out'))).toEqual(expected.map((i) => names[i]));
    }
  });

  it('computes each gradient as soon as it can be', () => {
    const layers = 6;
    let x = input('x', 'float32', [16, 8]);
    const weights = Array.from({ length: layers }, (_, i) => input(`w${i}`, 'float32', [8, 8]));
    for (const w of weights) x = sigmoid(matmul(x, w));
    const loss = reduceMean(x, undefined, false);
    const grads = gradients(loss, weights);
    const g = cleanUp(graph(new Map([['loss', loss], ...grads.map((v, i): [string, Value] => [`grad:w${i}`, v])])));
    const s = stepsOf(g, isGradient);
    const [, ...late] = s.roots;
    const [front, back] = [s, { ...s, roots: [s.roots[0]!, ...[...late].reverse()] }].map((t) => peakOf(t).bytes);
    // From the last layer on; from the first one on, what each gradient is made of waits for its turn.
    expect(front!).toBeLessThan(back!);
    expect(front!).toBeLessThan((layers + 3) * 16 * 8 * 4);
  });

  async function executed(g: Graph, seed: number): Promise<string[]> {
    const folder = mkdtempSync(join(tmpdir(), 'yosegi-order-'));
    try {
      const program = await loadGraph(runtime, g, { profile: join(folder, 'p'), optimize: 'none' });
      await program.run(randomStep(seed, 12).feeds);
      await program.close();
      const events = JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]!), 'utf8')) as {
        name: string;
        ts: number;
      }[];
      return events
        .filter((e) => e.name.endsWith('_kernel_time'))
        .sort((a, b) => a.ts - b.ts)
        .map((e) => e.name.slice(0, -'_kernel_time'.length));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
});

describe('chooseAgain', () => {
  const seeds = fc.integer({ min: 0, max: 1e6 });
  const layers = fc.integer({ min: 3, max: 40 });

  it('never lets a smaller limit come to a higher peak, or a larger one to more work', () => {
    fc.assert(
      fc.property(
        seeds,
        layers,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (seed, n, a, b) => {
          const s = stepsOf(randomStep(seed, n).g, isGradient);
          const whole = peakOf(s).bytes;
          const [small, large] = [Math.min(a, b), Math.max(a, b)].map((x) => chooseAgain(s, x * whole));
          expect(small!.peak).toBeLessThanOrEqual(large!.peak);
          expect(small!.share).toBeGreaterThanOrEqual(large!.share - 1e-12);
          expect(large!.peak).toBeLessThanOrEqual(whole);
          for (const i of small!.chosen) expect(s.steps[i]!.late).toBe(false);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('says what its choice comes to', () => {
    fc.assert(
      fc.property(seeds, layers, (seed, n) => {
        const s = stepsOf(randomStep(seed, n).g, isGradient);
        const choice = chooseAgain(s, 0);
        expect(peakOf(withAgain(s, choice.chosen)).bytes).toBe(choice.peak);
        expect(choice.share).toBeGreaterThanOrEqual(0);
        expect(choice.share).toBeLessThan(0.5);
      }),
      { numRuns: 40 },
    );
  });

  it('keeps the roots of a chain where everything can be computed again', () => {
    // x → a → b → c → d, and backwards e reads d, f reads c and e, g reads b and f, h reads a and g.
    const steps = [
      step([0], [1]),
      step([1], [2]),
      step([2], [3]),
      step([3], [4]),
      step([4], [5], { late: true }),
      step([3, 5], [6], { late: true }),
      step([2, 6], [7], { late: true }),
      step([1, 7], [8], { late: true }),
    ];
    const s = listed(steps, [0, 10, 10, 10, 10, 1, 1, 1, 0], [4, 8]);
    expect(peakOf(s).bytes).toBe(42);
    const { peak, chosen } = chooseAgain(s, 35);
    expect(peak).toBeLessThan(42);
    expect(chosen.size).toBeGreaterThan(0);
    // Were the second run's values of the first one's shapes, the memory would be kept for them.
    expect(chooseAgain({ ...s, boundKinds: s.kinds }, 35).chosen.size).toBe(0);
  });

  it('draws nothing a second time', () => {
    const s = stepsOf(randomStep(7, 30).g, isGradient);
    const fixed = { ...s, steps: s.steps.map((x) => ({ ...x, repeatable: false })) };
    expect(chooseAgain(fixed, 0)).toEqual({ chosen: new Set(), peak: peakOf(s).bytes, share: 0 });
  });
});

it('what is computed again gives the same gradients', async () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const { g, feeds } = randomStep(seed, 24);
    const s = stepsOf(g, isGradient);
    const { chosen } = chooseAgain(s, 0);
    const again = inOrder(computedAgain(g, s, chosen), isGradient);
    if (chosen.size > 0) expect(again.nodes.length).toBeGreaterThan(inOrder(g, isGradient).nodes.length);
    // The estimate of the graph is that of the plan.
    expect(peakOf(stepsOf(computedAgain(g, s, chosen), isGradient)).bytes).toBe(peakOf(withAgain(s, chosen)).bytes);
    const [plain, twice] = [await loadGraph(runtime, g), await loadGraph(runtime, again, { apart: true })];
    const [a, b] = [await plain.run(feeds), await twice.run(feeds)];
    for (const name of g.outputs.keys()) expect(b[name]!.data, `${seed} ${name}`).toEqual(a[name]!.data);
    expect(b[ORDER]).toBeDefined();
    await Promise.all([plain.close(), twice.close()]);
  }
});

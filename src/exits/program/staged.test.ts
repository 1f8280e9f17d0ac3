import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { random } from '../../base/random.ts';
import { f32, type Tensor } from '../../base/tensor.ts';
import { cleanUp } from '../../graph/cleanup.ts';
import { graphCost } from '../../graph/cost.ts';
import { foldBatchNorm } from '../../graph/fold-batch-norm.ts';
import { type ExitModel, exitsGraph } from '../../models/model.ts';
import { createModel } from '../../models/registry.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { wasmRuntime } from '../../runtime/node/wasm.ts';
import { workerRuntime } from '../../runtime/node/worker.ts';
import { compile, type LoadOptions, type Runtime } from '../../runtime/runtime.ts';
import { assess } from '../policy/assess.ts';
import { NEVER, type Policy, toTheEnd } from '../policy/policy.ts';
import { threeExits } from '../testing/three-exits.ts';
import { exitWeights } from '../testing/weights.ts';
import { cutAtExits, hasExits } from './cut.ts';
import { type StagedProgram, stagedProgram } from './staged.ts';

const small = threeExits();
const perceiver = createModel('ascan-micro-perceiver', { size: 32, classes: 5 }, { latents: 8, layers: [1, 1, 1, 1] });
if (!hasExits(perceiver)) throw new Error('a perceiver has exits');

function images(n: number, seed: number): Tensor<'float32'> {
  const rng = random(seed, 'images');
  return f32(
    [n, 3, 32, 32],
    Float32Array.from({ length: n * 3072 }, () => rng.normal()),
  );
}

/** Everything computed at once, by the uncut graph; `folded` as it is shipped, else as it was trained. */
async function everything(runtime: Runtime, model: ExitModel, folded: boolean, options: LoadOptions) {
  const plain = { graph: exitsGraph(model), weights: exitWeights(model) };
  const { graph, weights } = folded ? foldBatchNorm(plain.graph, plain.weights) : plain;
  const program = await compile(runtime, folded ? cleanUp(graph) : graph, {
    ...options,
    constants: weights,
    target: 'standard',
  });
  return async (x: Tensor): Promise<Float32Array[]> => {
    const out = await program.run({ image: x });
    return model.exits.map((e) => out[e.name]!.data as Float32Array);
  };
}

/** Where image `i` leaves when everything is known; undefined where a confidence is too near a threshold to say. */
function chosenExit(all: readonly Float32Array[], classes: number, policy: Policy, i: number): number | undefined {
  for (let k = 0; k < all.length - 1; k++) {
    const said = assess(all[k]!.subarray(i * classes, (i + 1) * classes), classes, policy.always);
    const [c, s] = [said.confidence[0]!, said.suspicion[0]!];
    if (Math.abs(c - policy.thresholds[k]!) < 1e-5 || Math.abs(s - policy.suspicion) < 1e-5) return undefined;
    const barred = policy.always.length > 0 && (policy.always.includes(said.predicted[0]!) || s >= policy.suspicion);
    if (c >= policy.thresholds[k]! && !barred) return k;
  }
  return all.length - 1;
}

/** Largest difference, as a share of the largest value. */
function apart(a: Float32Array, b: Float32Array): number {
  let [difference, size] = [0, 1];
  b.forEach((v, i) => {
    difference = Math.max(difference, Math.abs(v - a[i]!));
    size = Math.max(size, Math.abs(v));
  });
  return difference / size;
}

const policies = (exits: number, classes: number): fc.Arbitrary<Policy> =>
  fc.record({
    thresholds: fc.array(
      fc.oneof(
        { weight: 5, arbitrary: fc.double({ min: 0.2, max: 1, noNaN: true }) },
        { weight: 1, arbitrary: fc.constantFrom(0, NEVER) },
      ),
      { minLength: exits - 1, maxLength: exits - 1 },
    ),
    always: fc.uniqueArray(fc.integer({ min: 0, max: classes - 1 }), { maxLength: 2 }),
    suspicion: fc.double({ min: 0.05, max: 1, noNaN: true }),
  });

const open = {
  native: () => nativeRuntime({ threads: 1 }),
  wasm: () => wasmRuntime({ threads: 1 }),
  worker: () => workerRuntime({ device: 'native', threads: 1 }),
};

describe.each(Object.keys(open) as (keyof typeof open)[])('a staged program on %s', (device) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await open[device]();
  });
  afterAll(() => runtime.close());

  // What ONNX Runtime fuses differs between the whole and its parts; random weights make the difference of a deep network large.
  describe.each([
    { model: small, options: {} },
    { model: perceiver, options: { optimize: 'basic' } as const },
  ])('of $model.name', ({ model, options }) => {
    let program: StagedProgram;
    let all: Awaited<ReturnType<typeof everything>>;
    beforeAll(async () => {
      all = await everything(runtime, model, true, options);
      program = await stagedProgram(runtime, model, exitWeights(model), options);
    });
    afterAll(() => program.close());

    it('answers as if everything were computed and the exit chosen afterwards', async () => {
      const { classes } = model;
      const left = new Set<number>();
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(1, 1, 2, 5, 9),
          fc.integer({ min: 0, max: 1000 }),
          policies(model.exits.length, classes),
          async (n, seed, policy) => {
            const x = images(n, seed);
            const expected = await all(x);
            const answers = await program.run(x, policy);
            expect(answers).toHaveLength(n);
            answers.forEach((answer, i) => {
              const exit = chosenExit(expected, classes, policy, i);
              if (exit === undefined) return;
              left.add(exit);
              expect(answer.exit).toBe(exit);
              const row = expected[exit]!.subarray(i * classes, (i + 1) * classes);
              expect(apart(answer.logits, row)).toBeLessThan(1e-5);
              expect(answer.confidence).toBeCloseTo(assess(row, classes).confidence[0]!, 5);
              expect(answer.confidences).toHaveLength(exit + 1);
              expect(answer.confidences.at(-1)).toBe(answer.confidence);
            });
          },
        ),
        { numRuns: device === 'native' ? 40 : 8, seed: 7 },
      );
      if (device === 'native') expect(left.size).toBe(model.exits.length);
    });

    it('computes all exits when asked, and nothing behind the exit where all have left', async () => {
      const x = images(3, 5);
      const [staged, folded] = [await program.runAll(x), await all(x)];
      const trained = await (await everything(runtime, model, false, options))(x);
      staged.forEach((t, k) => {
        expect(apart(t.data as Float32Array, folded[k]!)).toBeLessThan(1e-5);
        expect(apart(t.data as Float32Array, trained[k]!)).toBeLessThan(1e-4);
      });
      expect((await program.run(x, toTheEnd(model.exits.length))).map((a) => a.exit)).toEqual(
        Array(3).fill(model.exits.length - 1),
      );
      expect(program.exits).toEqual(model.exits.map((e) => e.name));
    });
  });
});

describe('cutAtExits', () => {
  it.each([small, perceiver])('computes nothing twice: the parts of $name cost what the whole costs', (model) => {
    const cut = cutAtExits(model, exitWeights(model));
    const upTo = (k: number) => graphCost(exitsGraph(model, k + 1), { N: 1 }).macs;
    expect(cut.macs).toEqual(model.exits.map((_, k) => upTo(k)));
  });

  it('folds the batch normalisations and carries rows of images only', () => {
    const { segments } = cutAtExits(small, exitWeights(small));
    for (const { graph, keeps, takes } of segments) {
      expect(graph.nodes.map((n) => n.op)).not.toContain('BatchNormalization');
      expect(new Set(keeps).size).toBe(keeps.length);
      expect([...takes].sort()).toEqual(graph.inputs.map((v) => v.origin.kind === 'input' && v.origin.name).sort());
    }
    // The image is read again by the last part; the second part hands on what only the last one needs.
    expect(segments.map((s) => s.keeps.includes('image'))).toEqual([true, true, false]);
    expect(segments[1]!.keeps.some((name) => segments[0]!.keeps.includes(name) && name !== 'image')).toBe(true);
    expect(segments.at(-1)!.keeps).toEqual([]);
  });

  it('refuses a model without exits', () => {
    const plain = createModel('resnet18', { size: 32 });
    expect(() => cutAtExits(plain as ExitModel, new Map())).toThrow(/no exits on the way/);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, type TestContext } from 'vitest';
import { gradients } from '../autodiff/gradients.ts';
import { f32, type Tensor } from '../base/tensor.ts';
import { cleanUp } from '../graph/cleanup.ts';
import { graph, nameOf, roleOf } from '../graph/graph.ts';
import { input, type Value } from '../graph/value.ts';
import { exitsGraph, exitsOf, type Model, type ModelOptions } from '../models/model.ts';
import { createModel, type Overrides } from '../models/registry.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { compile } from '../runtime/runtime.ts';
import { crossEntropy } from '../tasks/classify/cross-entropy.ts';
import { exitsLoss } from '../tasks/classify/exits-loss.ts';
import { trainingForm } from '../train/mode.ts';
import { formulaInput, formulaWeights } from './formula.ts';

/** What a recording script (reference/models/recording.py) wrote of the reference implementation on formula weights. */
interface Fixture {
  readonly model: { readonly variant: string; readonly options: ModelOptions; readonly overrides: Overrides };
  readonly batch: number;
  readonly params: [string, number[]][];
  readonly statistics: [string, number[]][];
  readonly eval: { readonly logits: number[]; readonly exits?: number[][]; readonly features: Feature[] };
  readonly train?: {
    readonly labels: number[];
    readonly loss: number;
    readonly logits: number[];
    readonly grads: { name: string; shape: number[]; sum: number; norm: number; first: number[] }[];
  };
}

interface Feature {
  readonly stride: number;
  readonly shape: number[];
  readonly mean: number;
  readonly std: number;
  readonly first: number[];
}

/** Relative to the largest value, or to the gradient's norm. */
const TOLERANCE = 1e-4;

/** The largest deviation of a test, kept for the compatibility page (`npm run docs:compatibility`). */
class Deviation {
  private largest = 0;

  number(actual: number, expected: number, scale: number, what: string): void {
    const off = Math.abs(actual - expected) / (scale || 1);
    expect(off, `${what}: ${actual} against ${expected}`).toBeLessThanOrEqual(TOLERANCE);
    this.largest = Math.max(this.largest, off);
  }

  leading(actual: Tensor, expected: readonly number[], what: string): void {
    const scale = Math.max(...expected.map(Math.abs));
    expected.forEach((e, i) => {
      this.number(Number(actual.data[i]), e, scale, `${what}[${i}]`);
    });
  }

  tell(context: TestContext, fixture: Fixture, kind: 'output' | 'gradient'): void {
    const { variant, options } = fixture.model;
    const family = createModel(variant, options, fixture.model.overrides).family;
    Object.assign(context.task.meta, {
      parity: { family, variant, size: options.size, kind, deviation: this.largest },
    });
  }
}

const sorted = (list: readonly unknown[]) => list.map((x) => JSON.stringify(x)).sort();
const sum = (data: Float32Array, of: (v: number) => number) => data.reduce((total, v) => total + of(v), 0);

/** The published loss where a model has several exits. */
const lossOf = (model: Model, targets: Value) =>
  model.exits
    ? exitsLoss(
        exitsOf(model).map((e) => e.logits),
        targets,
      )
    : crossEntropy(model.logits, targets);

/**
 * The tests of a family against its reference: parameters by name and shape, logits, stage features and, where recorded, the
 * gradient of every parameter. `fixtures` is the family's fixtures folder.
 */
export function testParity(fixtures: URL): void {
  const files = readdirSync(fixtures).filter((f) => f.endsWith('.json'));
  describe.each(files)('%s', (file) => {
    const fixture = JSON.parse(readFileSync(new URL(file, fixtures), 'utf8')) as Fixture;
    const { variant, options, overrides } = fixture.model;
    const model = createModel(variant, options, overrides);
    const image = formulaInput('input', [fixture.batch, model.channels, ...model.size]);

    it('has the parameters and statistics of the reference, by name and shape', () => {
      const { params } = exitsGraph(model);
      const of = (role: string) =>
        sorted(params.filter((p) => roleOf(p) === role).map((p) => [nameOf(p), p.type.shape]));
      expect(of('trainable')).toEqual(sorted(fixture.params));
      expect(of('statistic')).toEqual(sorted(fixture.statistics));
    });

    it('gives the logits and stage features of the reference', async (context) => {
      const runtime = await nativeRuntime();
      const outputs: Record<string, Value> = { ...Object.fromEntries(exitsGraph(model).outputs), logits: model.logits };
      model.stages.forEach((s, i) => {
        outputs[`stage${i}`] = s.value;
      });
      const g = graph(outputs);
      const program = await compile(runtime, g, { constants: formulaWeights(g), target: 'standard' });
      const out = await program.run({ image });
      await program.close();
      const deviation = new Deviation();
      deviation.leading(out.logits!, fixture.eval.logits, 'logits');
      const { exits = [fixture.eval.logits] } = fixture.eval;
      expect(exitsOf(model).length).toBe(exits.length);
      exitsOf(model).forEach((e, i) => {
        deviation.leading(out[e.name]!, exits[i]!, e.name);
      });
      expect(model.stages.map((s) => s.level)).toEqual(fixture.eval.features.map((f) => f.stride));
      fixture.eval.features.forEach((f, i) => {
        const t = out[`stage${i}`]!;
        const data = t.data as Float32Array;
        expect(t.shape).toEqual(f.shape);
        deviation.leading(t, f.first, `stage ${i}`);
        const mean = sum(data, (v) => v) / data.length;
        deviation.number(mean, f.mean, f.std, `mean of stage ${i}`);
        deviation.number(Math.sqrt(sum(data, (v) => (v - mean) ** 2) / data.length), f.std, f.std, `std of stage ${i}`);
      });
      deviation.tell(context, fixture, 'output');
    });

    if (fixture.train) testGradients(fixture, fixture.train);
  });
}

function testGradients(fixture: Fixture, expected: NonNullable<Fixture['train']>): void {
  it('gives the gradient of every parameter', async (context) => {
    const runtime = await nativeRuntime();
    const { variant, options, overrides } = fixture.model;
    const model = createModel(variant, options, overrides);
    const targets = input('targets', 'float32', ['N', model.classes]);
    const inferred = lossOf(model, targets);
    const { values } = trainingForm([inferred, model.logits]);
    const [loss, logits] = [values.get(inferred)!, values.get(model.logits)!];
    const params = graph({ loss }).params.filter((p) => roleOf(p) === 'trainable');
    const grads = gradients(loss, params);
    const outputs: Record<string, Value> = { loss, logits };
    params.forEach((p, i) => {
      outputs[`grad:${nameOf(p)}`] = grads[i]!;
    });
    const g = cleanUp(graph(outputs));
    const program = await compile(runtime, g);
    const oneHot = f32([fixture.batch, model.classes]);
    expected.labels.forEach((label, i) => {
      oneHot.data[i * model.classes + label] = 1;
    });
    const image = formulaInput('input', [fixture.batch, model.channels, ...model.size]);
    const out = await program.run({ image, targets: oneHot, ...Object.fromEntries(formulaWeights(g)) });
    await program.close();
    const deviation = new Deviation();
    deviation.number(Number(out.loss!.data[0]), expected.loss, expected.loss, 'loss');
    deviation.leading(out.logits!, expected.logits, 'logits');
    for (const r of expected.grads) {
      const data = out[`grad:${r.name}`]!.data as Float32Array;
      // Some gradients are next to nothing (a bias before a normalisation): relative to the norm, but not below.
      const scale = Math.max(r.norm, 2e-2);
      deviation.number(Math.sqrt(sum(data, (v) => v * v)), r.norm, scale, `norm of ${r.name}`);
      deviation.number(
        sum(data, (v) => v),
        r.sum,
        scale * Math.sqrt(data.length),
        `sum of ${r.name}`,
      );
      r.first.forEach((e, i) => {
        deviation.number(data[i]!, e, scale, `${r.name}[${i}]`);
      });
    }
    expect(expected.grads.length).toBe(params.length);
    deviation.tell(context, fixture, 'gradient');
  });
}

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { gradients } from '../../autodiff/gradients.ts';
import { f32, type Tensor } from '../../base/tensor.ts';
import { cleanUp } from '../../graph/cleanup.ts';
import { graph, nameOf, roleOf } from '../../graph/graph.ts';
import { input, type Value } from '../../graph/value.ts';
import type { Activation } from '../../nn/layers.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile } from '../../runtime/runtime.ts';
import { crossEntropy } from '../../tasks/cross-entropy.ts';
import { formulaInput, formulaWeights } from '../../testing/formula.ts';
import { trainingForm } from '../../train/mode.ts';
import { buildModel } from '../model.ts';
import { ascan } from './ascan.ts';

/** Against the PyTorch reconstruction (reference/ascan) on the same formula weights. */
interface Fixture {
  readonly config: {
    readonly stem_width: number;
    readonly widths: number[];
    readonly layout: string | string[];
    readonly expand_from: 'out' | 'in';
    readonly act: Activation;
    readonly stem_act: Activation;
    readonly se: boolean;
    readonly head_dim: number;
    readonly rel_pos: boolean;
    readonly mlp_ratio: number;
    readonly in_chans: number;
    readonly num_classes: number;
    readonly img_size: [number, number];
  };
  readonly batch: number;
  readonly params: [string, number[]][];
  readonly eval: { readonly logits: number[]; readonly features: Feature[] };
  readonly train: {
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

const folder = new URL('../fixtures/', import.meta.url);
const fixtures = readdirSync(folder).filter((f) => f.startsWith('ascan-'));
const runtime = await nativeRuntime();

function load(file: string) {
  const fixture = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Fixture;
  const c = fixture.config;
  const model = buildModel(
    ascan,
    {
      stem: c.stem_width,
      widths: c.widths,
      layout: Array.isArray(c.layout) ? c.layout.join('|') : c.layout,
      expandFrom: c.expand_from,
      act: c.act,
      stemAct: c.stem_act,
      seRatio: c.se ? 0.25 : 0,
      headDim: c.head_dim,
      relPos: c.rel_pos,
      mlpRatio: c.mlp_ratio,
    },
    'fixture',
    { size: c.img_size, classes: c.num_classes, channels: c.in_chans },
  );
  const image = formulaInput('input', [fixture.batch, c.in_chans, ...c.img_size]);
  return { fixture, model, image };
}

function close(actual: number, expected: number, scale: number, what: string) {
  expect(Math.abs(actual - expected), `${what}: ${actual} against ${expected}`).toBeLessThanOrEqual(
    1e-4 * scale + 1e-6,
  );
}

function closeAll(actual: Tensor, expected: readonly number[], what: string) {
  const scale = Math.max(...expected.map(Math.abs));
  expected.forEach((e, i) => {
    close(Number(actual.data[i]), e, scale, `${what}[${i}]`);
  });
}

describe.each(fixtures)('%s', (file) => {
  const { fixture, model, image } = load(file);

  it('has the parameters of the reference, by name and shape', () => {
    const outputs: Record<string, Value> = { logits: model.logits };
    const ours = graph(outputs)
      .params.filter((p) => roleOf(p) === 'trainable')
      .map((p) => [nameOf(p), p.type.shape]);
    const sorted = (list: unknown[]) => list.map((x) => JSON.stringify(x)).sort();
    expect(sorted(ours)).toEqual(sorted(fixture.params));
  });

  it('gives the reference its logits and stage features', async () => {
    const outputs: Record<string, Value> = { logits: model.logits };
    for (const s of model.stages) outputs[`stride${s.stride}`] = s.value;
    const g = graph(outputs);
    const program = await compile(runtime, g, { constants: formulaWeights(g), target: 'standard' });
    const out = await program.run({ image });
    closeAll(out.logits!, fixture.eval.logits, 'logits');
    for (const f of fixture.eval.features) {
      const t = out[`stride${f.stride}`]!;
      const data = t.data as Float32Array;
      expect(t.shape).toEqual(f.shape);
      closeAll(t, f.first, `stride ${f.stride}`);
      const mean = data.reduce((a, b) => a + b, 0) / data.length;
      const std = Math.sqrt(data.reduce((a, b) => a + (b - mean) ** 2, 0) / data.length);
      close(mean, f.mean, f.std, 'mean');
      close(std, f.std, f.std, 'std');
    }
  });

  it('gives the gradient of every parameter', async () => {
    const targets = input('targets', 'float32', ['N', model.classes]);
    const loss = crossEntropy(model.logits, targets);
    const { values } = trainingForm([loss, model.logits]);
    const trainingLoss = values.get(loss)!;
    const params = graph({ loss: trainingLoss }).params.filter((p) => roleOf(p) === 'trainable');
    const grads = gradients(trainingLoss, params);
    const outputs: Record<string, Value> = { loss: trainingLoss, logits: values.get(model.logits)! };
    params.forEach((p, i) => {
      outputs[`grad:${nameOf(p)}`] = grads[i]!;
    });
    const g = cleanUp(graph(outputs));
    const program = await compile(runtime, g);
    const oneHot = f32([fixture.batch, model.classes]);
    fixture.train.labels.forEach((label, i) => {
      oneHot.data[i * model.classes + label] = 1;
    });
    const out = await program.run({ image, targets: oneHot, ...Object.fromEntries(formulaWeights(g)) });
    close(Number(out.loss!.data[0]), fixture.train.loss, fixture.train.loss, 'loss');
    closeAll(out.logits!, fixture.train.logits, 'logits');
    for (const r of fixture.train.grads) {
      const data = out[`grad:${r.name}`]!.data as Float32Array;
      // Relative to the gradient's norm; some have next to none (a bias before a normalisation).
      const scale = Math.max(r.norm, 1e-2);
      close(Math.sqrt(data.reduce((a, b) => a + b * b, 0)), r.norm, scale, `norm of ${r.name}`);
      close(
        data.reduce((a, b) => a + b, 0),
        r.sum,
        scale * Math.sqrt(data.length),
        `sum of ${r.name}`,
      );
      r.first.forEach((e, i) => {
        close(data[i]!, e, scale, `${r.name}[${i}]`);
      });
    }
    expect(fixture.train.grads.length).toBe(params.length);
  });
});

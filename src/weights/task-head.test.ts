import { describe, expect, it } from 'vitest';
import { f32 } from '../base/tensor.ts';
import { add, mul, reduceMean, sub } from '../graph/build.ts';
import { graph } from '../graph/graph.ts';
import { input } from '../graph/value.ts';
import { stageOf } from '../models/model.ts';
import type { Network } from '../models/network.ts';
import { createModel } from '../models/registry.ts';
import { initialValues } from '../nn/init.ts';
import { batchNorm, conv2d } from '../nn/layers.ts';
import { rootScope } from '../nn/scope.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { formulaInput } from '../testing/formula.ts';
import { frozenParameters } from '../train/freeze.ts';
import { trainingGraph } from '../train/graph.ts';
import { layerDecay } from '../train/layer-decay.ts';
import { trainingStep } from '../train/step.ts';
import { fitWeights } from './fit.ts';
import { zeroStarts } from './new-head.ts';
import { boxWeights } from './node/box.ts';
import { headNames } from './parts.ts';

/** A made-up task's network: what two stages say of an 8×8 grid of places, as scores of `classes`; the classifier is no part of it. */
function places(classes: number): Network {
  const model = createModel('tf_mobilenetv2_100', { size: 64, classes: 5 });
  const [fine, coarse] = ['blocks.1', 'blocks.2'].map((name) => stageOf(model, name).value);
  const s = rootScope().in('places', (t) => t);
  const lateral = s.in('fine', (t) => conv2d(t, fine!, 16, { kernel: 2, stride: 2 }));
  const mixed = add(
    lateral,
    s.in('coarse', (t) => conv2d(t, coarse!, 16, { kernel: 1 })),
  );
  const scores = s.in('scores', (t) =>
    conv2d(
      t,
      s.in('norm', (n) => batchNorm(n, mixed)),
      classes,
      { kernel: 1, bias: true },
    ),
  );
  return { model, reads: [fine!, coarse!], outputs: { scores }, zeroStart: [scores] };
}

const namesOf = (network: Network) =>
  graph(network.outputs).params.map(({ origin }) => (origin as { name: string }).name);
const below = (names: Iterable<string>, start: string) => [...names].filter((name) => name.startsWith(start));
const { tensors } = await boxWeights('mobilenetv2-imagenet');
const network = places(3);
const head = below(namesOf(network), 'places.').sort();
const last = ['places.scores.bias', 'places.scores.weight'];

describe('trained weights under the head of a task', () => {
  it('are taken for what the head reads; the head starts anew, the rest of the model is not used', () => {
    const { weights, report } = fitWeights(network, tensors);
    expect([...headNames(network)].sort()).toEqual(head);
    expect([...report.fresh].sort()).toEqual(head);
    expect([...report.missing].sort()).toEqual(head);
    expect([...weights.keys()].sort()).toEqual(
      namesOf(network)
        .filter((name) => !name.startsWith('places.'))
        .sort(),
    );
    expect(report.unused).toContain('classifier.weight');
    expect(report.unused.length + report.loaded.length).toBe(tensors.size);
    expect(report.surplus).toEqual([]);
    expect([...zeroStarts(network, weights).keys()].sort()).toEqual(last);
  });

  it('of the same task are taken whole, and for other classes all but the last layer', () => {
    const trained = initialValues(graph(network.outputs), 1);
    expect(fitWeights(network, trained).report.fresh).toEqual([]);
    const { report } = fitWeights(places(4), trained);
    expect([...report.fresh].sort()).toEqual(last);
    expect(report.misshapen.map(({ name }) => name).sort()).toEqual(last);
    // What stands behind a layer that starts anew does so too.
    const gaps = new Map([...trained].filter(([name]) => name !== 'places.coarse.weight'));
    const fresh = fitWeights(network, gaps).report.fresh;
    expect([...fresh].sort()).toEqual(head.filter((name) => !name.startsWith('places.fine.')));
    expect(() => fitWeights(network, gaps, { head: 'keep' })).toThrow(/1 tensor is missing: places\.coarse\.weight/);
    const other = new Map([...trained].filter(([name]) => !name.startsWith('blocks.2.')));
    expect(() => fitWeights(network, other)).toThrow(/missing: blocks\.2\.0\.conv_pw\.weight/);
  });

  it('train with the head alone, above a stage, and at rates that fall with depth', async () => {
    const { weights } = fitWeights(network, tensors);
    const all = new Map([...initialValues(graph(network.outputs), 0), ...zeroStarts(network, weights), ...weights]);
    const backbone = frozenParameters(network, ['backbone']);
    expect(below(backbone, 'places.')).toEqual([]);
    expect(backbone).toContain('blocks.2.2.conv_pwl.weight');
    expect([...frozenParameters(network, ['blocks.1'])].some((name) => name.startsWith('blocks.2.'))).toBe(false);
    // A stage that the head does not need: all below it is all there is.
    expect(frozenParameters(network, ['blocks.6'])).toEqual(backbone);
    expect(() => frozenParameters(network, ['blocks.6', 'places.*'])).toThrow(/leaves nothing to train/);
    const share = layerDecay(network, 0.5);
    expect(head.map(share)).toEqual(head.map(() => 1));
    expect(share('blocks.2.2.conv_pw.weight')).toBe(0.5);

    const wanted = input('wanted', 'float32', ['N', 3, 8, 8]);
    const error = sub(network.outputs.scores!, wanted);
    const loss = reduceMean(mul(error, error), undefined, false);
    const training = trainingGraph({ loss }, { trainable: (name) => !backbone.has(name) });
    expect(training.trained.map(([name]) => name).sort()).toEqual(head.filter((name) => !/running/.test(name)));
    const step = await trainingStep(await nativeRuntime(), training, all);
    const feeds = {
      image: formulaInput('image', [2, 3, 64, 64]),
      wanted: f32([2, 3, 8, 8], new Float32Array(384).fill(1)),
    };
    const losses: number[] = [];
    for (let i = 0; i < 20; i++) {
      losses.push((await step.run(feeds, 2, 0, i)).loss);
      step.accept();
      step.grads.values.forEach((g, k) => {
        step.params.values[k]! -= 0.02 * g;
      });
    }
    await step.close();
    expect(losses.at(-1)!).toBeLessThan(0.8 * losses[0]!);
  });
});

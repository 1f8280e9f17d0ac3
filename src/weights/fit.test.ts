import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { f32, type Tensor, tensor } from '../base/tensor.ts';
import { classifier, exitsGraph, type Model } from '../models/model.ts';
import { createModel } from '../models/registry.ts';
import { relativePositionTable } from '../nn/resample.ts';
import { classify } from '../tasks/classify/classify.ts';
import { formulaWeights } from '../testing/formula.ts';
import { fitWeights } from './fit.ts';
import { firstConvolutions, headNames } from './parts.ts';

const build = (options: { size?: number; classes?: number; channels?: number } = {}): Model =>
  createModel('ascan-micro', { size: 64, classes: 5, ...options });
const model = build();
const network = classify.network(model, {});
const values = formulaWeights(classifier(model));
const stored = (): Map<string, Tensor> => new Map(values);
const changed = (edit: (tensors: Map<string, Tensor>) => void) => {
  const tensors = stored();
  edit(tensors);
  return tensors;
};
/** Whether these are the stored values, all of them and not copied. */
const sameMemory = (weights: ReadonlyMap<string, Tensor>) =>
  weights.size === values.size && [...weights].every(([name, t]) => t.data === values.get(name)?.data);
const headOf = ['head.fc.bias', 'head.fc.weight'];
const stem = 'stem.conv1.weight';
const table = 'stages.1.blocks.2.attn.rel_pos.relative_position_bias_table';

describe('the parts of a model', () => {
  it('are its head and its first convolution', () => {
    expect([...headNames(network)].sort()).toEqual(headOf);
    expect([...firstConvolutions(network)]).toEqual([stem]);
  });
});

describe('fitWeights', () => {
  it('takes a state dict that fits as it is', () => {
    const given = stored();
    const { weights, report } = fitWeights(network, given);
    expect(sameMemory(weights)).toBe(true);
    expect(report).toEqual({
      loaded: [...given.keys()],
      missing: [],
      surplus: [],
      misshapen: [],
      resized: [],
      adapted: [],
      unused: [],
      fresh: [],
      entrances: [],
      prefixes: [],
    });
  });

  it('loads all exits of a model that has some, and replaces all their classifiers for other classes', () => {
    const perceiver = (classes: number) => createModel('ascan-micro-perceiver', { size: 64, classes });
    const all = formulaWeights(exitsGraph(perceiver(5)));
    const same = fitWeights(classify.network(perceiver(5), {}), all);
    expect(same.weights.size).toBe(all.size);
    expect(same.report).toMatchObject({ missing: [], surplus: [], fresh: [] });
    const { weights, report } = fitWeights(classify.network(perceiver(9), {}), all);
    expect([...report.fresh].sort()).toEqual([...all.keys()].filter((name) => !weights.has(name)).sort());
    expect([...report.fresh].sort()).toEqual([
      'classifier_att.bias',
      'classifier_att.weight',
      ...['bias', 'running_mean', 'running_var', 'weight'].map((part) => `classifier_merge.0.${part}`),
      'classifier_merge.1.bias',
      'classifier_merge.1.weight',
      'early_classifier3.bias',
      'early_classifier3.weight',
      'head.fc.bias',
      'head.fc.weight',
      'isc3.0.weight',
      'isc4.0.weight',
    ]);
  });

  it('leaves the head out for other classes, on request, and where there is none', () => {
    for (const { weights, report } of [
      fitWeights(classify.network(build({ classes: 9 }), {}), stored()),
      fitWeights(network, stored(), { head: 'replace' }),
      fitWeights(
        network,
        changed((t) => {
          for (const name of headOf) t.delete(name);
        }),
      ),
      fitWeights(
        network,
        changed((t) => t.delete('head.fc.bias')),
      ),
    ]) {
      expect([...report.fresh].sort()).toEqual(headOf);
      expect(weights.size).toBe(stored().size - 2);
      for (const name of headOf) expect(weights.has(name)).toBe(false);
    }
    expect(fitWeights(classify.network(build({ classes: 9 }), {}), stored()).report.misshapen).toEqual(
      expect.arrayContaining([{ name: 'head.fc.bias', stored: [5], wanted: [9] }]),
    );
    expect(() => fitWeights(classify.network(build({ classes: 9 }), {}), stored(), { head: 'keep' })).toThrow(
      /2 tensors are of another shape: .*head\.fc\.weight is \[5,160\] and should be \[9,160\].*let it be replaced/,
    );
  });

  it('names what is missing, misshapen and surplus', () => {
    const spoilt = changed((t) => {
      t.delete('norm.weight');
      t.set('norm.bias', f32([3]));
      t.set('extra.weight', f32([1]));
    });
    expect(() => fitWeights(network, spoilt)).toThrow(
      /do not fit ascan-micro\. 1 tensor is missing: norm\.weight\. 1 tensor is of another shape: norm\.bias is \[3\] and should be \[160\]\. not part of the model: extra\.weight\. Choose/,
    );
    const gaps = changed((t) => {
      for (const name of [...t.keys()].slice(0, 20)) t.delete(name);
    });
    expect(() => fitWeights(network, gaps)).toThrow(/20 tensors are missing: stem\.conv1\.weight, .*, and 14 more/);
    expect(() => fitWeights(network, new Map([['conv1.weight', f32([1])]]))).toThrow(
      /has none of its \d+ tensors, such as 'stem\.conv1\.weight' \(it has conv1\.weight\)\. It is of another/,
    );
    expect(() => fitWeights(network, new Map())).toThrow(/has none of its \d+ tensors/);
  });

  it('lists surplus tensors but for counters and indices', () => {
    const { report } = fitWeights(
      network,
      changed((t) => {
        t.set('stem.norm1.num_batches_tracked', tensor('int64', []));
        t.set('stages.1.attention_bias_idxs', tensor('int64', [4, 4]));
        t.set('aux.weight', f32([2]));
      }),
    );
    expect(report.surplus).toEqual(['aux.weight']);
  });

  it('resizes tables for another input size, where the family knows how', () => {
    const small = build({ size: 32 });
    const { weights, report } = fitWeights(classify.network(small, {}), stored());
    expect(report.resized).toContain(table);
    expect(report.resized.every((name) => name.endsWith('relative_position_bias_table'))).toBe(true);
    const rows = (4 * 2 - 1) ** 2;
    expect(weights.get(table)).toEqual(relativePositionTable()(values.get(table)!, [rows, 1], [32, 32]));
    expect(() => fitWeights(classify.network({ ...small, resize: {} }, {}), stored())).toThrow(
      /relative_position_bias_table is \[225,1\]/,
    );
  });

  it('adapts the first convolution to grey and to more channels', () => {
    for (const channels of [1, 4]) {
      const { weights, report } = fitWeights(classify.network(build({ channels }), {}), stored());
      expect(report.adapted).toEqual([stem]);
      const sum = (t: Tensor | undefined) => [...(t!.data as Float32Array)].reduce((a, b) => a + b, 0);
      if (channels === 1) expect(sum(weights.get(stem))).toBeCloseTo(sum(values.get(stem)), 4);
    }
  });

  it('converts half precision and float64, and refuses whole numbers', () => {
    const bias = 'norm.bias';
    const half = changed((t) => t.set(bias, tensor('float16', [160], new Uint16Array(160).fill(0x3c00))));
    expect(fitWeights(network, half).weights.get(bias)).toEqual(f32([160], new Float32Array(160).fill(1)));
    const double = changed((t) => t.set(bias, tensor('float64', [160], new Float64Array(160).fill(0.1))));
    expect(fitWeights(network, double).weights.get(bias)?.data[7]).toBe(Math.fround(0.1));
    const bytes = changed((t) => t.set(bias, tensor('int8', [160])));
    expect(() => fitWeights(network, bytes)).toThrow(/'norm\.bias' holds int8/);
  });

  it('refuses values that are not finite, by name', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const bad = changed((t) => {
        const { shape, data } = t.get(stem)!;
        const copy = Float32Array.from(data as Float32Array);
        copy[copy.length - 1] = value;
        t.set(stem, f32(shape, copy));
      });
      expect(() => fitWeights(network, bad)).toThrow(/'stem\.conv1\.weight' has values that are not finite/);
    }
    // A head that is not taken does not matter.
    const head = changed((t) => t.set('head.fc.bias', f32([5], [1, 2, Number.NaN, 4, 5])));
    expect(fitWeights(network, head, { head: 'replace' }).report.fresh).toEqual(headOf.toReversed());
  });

  it('sees through the names of wrappers', () => {
    const wrapped = new Map([...stored()].map(([name, t]) => [`module.model.${name}`, t]));
    const { weights, report } = fitWeights(network, wrapped);
    expect(sameMemory(weights)).toBe(true);
    expect(report.prefixes).toEqual(['module.', 'model.']);
  });

  it('takes any set of tensors apart without another kind of error', () => {
    const names = [...stored().keys()];
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(names.length - 1), { maxLength: 5 }),
        fc.array(fc.nat(9), { maxLength: 5 }),
        fc.boolean(),
        (which, shape, drop) => {
          const tensors = changed((t) => {
            for (const i of which) drop ? t.delete(names[i]!) : t.set(names[i]!, f32(shape));
          });
          const harmless = which.every((i) => headOf.includes(names[i]!));
          if (harmless) expect(fitWeights(network, tensors).report.fresh.length).toBe(which.length > 0 ? 2 : 0);
          else expect(() => fitWeights(network, tensors)).toThrow(/do not fit ascan-micro/);
        },
      ),
      { seed: 11, numRuns: 60 },
    );
  });
});

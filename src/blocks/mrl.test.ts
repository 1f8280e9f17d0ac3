import { describe, expect, it } from 'vitest';
import { gradients } from '../autodiff/gradients.ts';
import { f32, type Tensor } from '../base/tensor.ts';
import { cleanUp } from '../graph/cleanup.ts';
import { graph, nameOf, roleOf } from '../graph/graph.ts';
import { input, type Value } from '../graph/value.ts';
import { createModel } from '../models/registry.ts';
import { rootScope } from '../nn/scope.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { compile } from '../runtime/runtime.ts';
import { crossEntropy } from '../tasks/classify/cross-entropy.ts';
import { formulaInput, formulaWeights } from '../testing/formula.ts';
import { trainingForm } from '../train/mode.ts';
import { mixer } from './mixer.ts';
import { type MrlOptions, mrl } from './mrl.ts';

const tokens = (count: number, channels = 12) => input('x', 'float32', ['N', count, channels]);

async function run(outputs: Record<string, Value>, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
  const program = await compile(await nativeRuntime(), cleanUp(graph(outputs)));
  const out = await program.run(feeds);
  await program.close();
  return out;
}

const norm = (t: Tensor) => Math.sqrt((t.data as Float32Array).reduce((sum, v) => sum + v * v, 0));

describe('the MRL mixer', () => {
  it('says what it needs', () => {
    const make = (count: number, options: Partial<MrlOptions>) => () =>
      mrl(rootScope(), tokens(count), { heads: 3, grid: [4, 4], ...options });
    expect(make(17, {})).toThrow(/4×4 grid of 16 tokens, got 17: it takes no class token.*mean of the tokens/);
    expect(make(16, { heads: 5 })).toThrow(/12 channels do not divide into 5 heads/);
    expect(make(16, { localGroup: 8 })).toThrow(/12 channels do not divide into groups of 8/);
    expect(make(16, { region: 0 })).toThrow(/whole number from 1, got 0/);
    expect(make(16, { region: 1.5 })).toThrow(/whole number from 1, got 1.5/);
  });

  it('by its place: regions of 2, local groups as wide as there are heads', () => {
    const weights = (kind: 'mrl' | 'mrl-commonqkv', place: object) => {
      const y = rootScope().in('attn', (s) => mixer(kind, { heads: 3, grid: [5, 6], ...place })(s, tokens(30)));
      expect(y.type.shape).toEqual(['N', 30, 12]);
      const { params } = graph({ y });
      return Object.fromEntries(params.map((p) => [nameOf(p), p.type.shape]));
    };
    expect(weights('mrl', {})).toMatchObject({
      'attn.conv_proj_k.conv.weight': [12, 1, 2, 2],
      'attn.mix_locally.weight': [12, 3, 3, 3],
    });
    expect(weights('mrl-commonqkv', { region: 4, localGroup: 6 })).toMatchObject({
      'attn.basis_set_regional.conv.weight': [12, 1, 4, 4],
      'attn.basis_set_regional.linear_indim.weight': [12, 12, 1, 1],
      'attn.regional_atten.conv_proj_k.conv.weight': [12, 1, 3, 3],
      'attn.mix_locally.weight': [12, 6, 3, 3],
    });
  });

  it.each([
    [5, 7, 4, false],
    [5, 7, 4, true],
    [8, 3, 2, false],
    [1, 6, 4, true],
  ])('on a %i×%i grid with regions of %i (common: %s), acts as on the grid filled up with zeros', async (...place) => {
    const [height, width, region, commonQkv] = place;
    const full = [height, width].map((side) => Math.ceil(side / region) * region) as [number, number];
    const mixed = (grid: [number, number]) =>
      mrl(rootScope(), tokens(grid[0] * grid[1]), { heads: 3, grid, region, commonQkv });
    const y = mixed([height, width]);
    // Without the linear maps' biases, and with a local convolution that looks at its own token only, nothing but the regional
    // step can tell the two grids apart.
    const weights = formulaWeights(graph({ y }));
    for (const [name, t] of weights) {
      if (/proj_[qkv]\.bias$/.test(name)) t.data.fill(0);
      if (name === 'mix_locally.weight') t.data.set((t.data as Float32Array).map((v, i) => (i % 9 === 4 ? v : 0)));
    }
    const x = formulaInput('input', [2, height * width, 12]);
    const filled = f32([2, full[0] * full[1], 12]);
    const rows = (t: Tensor, wide: number) => (n: number, i: number, j: number) => {
      const row = (n * (t.shape[1] ?? 0) + i * wide + j) * 12;
      return (t.data as Float32Array).subarray(row, row + 12);
    };
    const each = (f: (n: number, i: number, j: number) => void) => {
      for (let at = 0; at < 2 * height * width; at++)
        f(Math.floor(at / (height * width)), Math.floor(at / width) % height, at % width);
    };
    each((n, i, j) => rows(filled, full[1])(n, i, j).set(rows(x, width)(n, i, j)));
    const small = (await run({ y }, { x, ...Object.fromEntries(weights) })).y!;
    const large = (await run({ y: mixed(full) }, { x: filled, ...Object.fromEntries(weights) })).y!;
    expect(norm(small)).toBeGreaterThan(1);
    each((n, i, j) => {
      const expected = rows(large, full[1])(n, i, j);
      rows(small, width)(n, i, j).forEach((value, c) => {
        expect(value).toBeCloseTo(expected[c]!, 5);
      });
    });
  });
});

describe.each(['mrl', 'mrl-commonqkv'])('a model that was made for attention, with mixer %s', (kind) => {
  it.each([
    [64, 64],
    [80, 48],
  ])('gives finite logits and a gradient for every parameter at %i×%i', async (height, width) => {
    const options = { size: [height, width], classes: 5, dropRate: 0 } as const;
    const model = createModel('ascan-nano', options, { mixer: kind });
    const targets = input('targets', 'float32', ['N', 5]);
    const inferred = crossEntropy(model.logits, targets);
    const loss = trainingForm([inferred]).values.get(inferred)!;
    const params = graph({ loss }).params.filter((p) => roleOf(p) === 'trainable');
    const outputs: Record<string, Value> = { logits: model.logits, loss };
    gradients(loss, params).forEach((g, i) => {
      outputs[`grad:${nameOf(params[i]!)}`] = g;
    });
    const labels = f32([2, 5], Float32Array.of(0, 1, 0, 0, 0, 0, 0, 0, 1, 0));
    const image = formulaInput('input', [2, 3, height, width]);
    const values = formulaWeights(graph(outputs));
    const out = await run(outputs, { image, targets: labels, ...Object.fromEntries(values) });
    expect(out.logits!.shape).toEqual([2, 5]);
    expect((out.logits!.data as Float32Array).every(Number.isFinite)).toBe(true);
    const mixing = params.filter((p) => nameOf(p)!.includes('.attn.'));
    expect(mixing.some((p) => nameOf(p)!.endsWith('mix_locally.weight'))).toBe(true);
    for (const p of params) {
      const gradient = out[`grad:${nameOf(p)}`]!;
      expect(gradient.shape).toEqual(p.type.shape);
      expect((gradient.data as Float32Array).every(Number.isFinite)).toBe(true);
    }
    if (height === 64) return; // The last stage is one region there, and nothing to choose from is nothing to learn for q and k.
    // What cannot learn: a bias of all keys, which softmax takes away, and a bias before a batch normalisation (where the grid is
    // filled up, as in all stages but one, that bias stays out of the filling and so counts).
    const silent = /conv_proj_k\.bn\.bias$|^stages\.1\..*proj_[qkv]\.bias$/;
    const zero = params.map((p) => nameOf(p)!).filter((n) => !(norm(out[`grad:${n}`]!) > 1e-3) && !silent.test(n));
    expect(zero).toEqual([]);
  });
});

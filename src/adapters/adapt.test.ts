import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matmul, relu } from '../graph/build.ts';
import { graph, nameOf } from '../graph/graph.ts';
import { apply1 } from '../graph/op.ts';
import { importFolder } from '../imported/node/import-folder.ts';
import { openImported } from '../imported/node/open-imported.ts';
import { temporaryFolder } from '../imported/testing/folder.ts';
import { classifier, type Model } from '../models/model.ts';
import { createModel } from '../models/registry.ts';
import { small } from '../models/testing/small.ts';
import { fanOut, zeros } from '../nn/init.ts';
import { conv2d, globalAveragePool } from '../nn/layers.ts';
import { formulaWeights } from '../testing/formula.ts';
import { differenceBetween } from '../testing/same-graph.ts';
import { adaptModel } from './adapt.ts';
import { layersOf } from './layers.ts';
import { adapterOptions, loraForms, methodNames } from './options.ts';
import { mergeError, startError, valuesOf } from './testing/errors.ts';
import { modelFrom } from './testing/one-layer.ts';

describe('low-rank pairs beside a convolution', () => {
  const geometry = fc.record({
    form: fc.constantFrom(...loraForms),
    groups: fc.constantFrom(1, 2, 4),
    perGroup: fc.constantFrom(1, 2),
    kernel: fc.constantFrom(1, 2, 3),
    stride: fc.constantFrom(1, 2),
    dilation: fc.constantFrom(1, 2),
    padding: fc.integer({ min: 0, max: 2 }),
    bias: fc.boolean(),
    rank: fc.integer({ min: 1, max: 5 }),
    alpha: fc.option(fc.constantFrom(1, 3, 16), { nil: undefined }),
  });

  it('whatever its groups, strides, dilations and paddings: begin equal to it, and merge into it', async () => {
    await fc.assert(
      fc.asyncProperty(
        geometry,
        async ({ form, groups, perGroup, kernel, stride, dilation, padding, bias, rank, alpha }) => {
          const model = modelFrom((s, x) =>
            s.in('conv', (c) =>
              conv2d(c, x, groups * perGroup * 2, { kernel, stride, dilation, group: groups, padding, bias }),
            ),
          );
          const adapted = adaptModel(model, adapterOptions({ form, rank, alpha, stem: true }));
          expect(adapted.layers).toHaveLength(1);
          expect(await startError(model, adapted)).toBe(0);
          expect(await mergeError(model, adapted)).toBeLessThan(1e-5);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('a scale and a shift, with and without a bias there', async () => {
    for (const bias of [true, false]) {
      const model = modelFrom((s, x) => s.in('conv', (c) => conv2d(c, x, 6, { bias, group: 2 })));
      const adapted = adaptModel(model, adapterOptions({ method: 'ssf', stem: true }));
      expect(await startError(model, adapted)).toBe(0);
      expect(await mergeError(model, adapted)).toBeLessThan(1e-5);
    }
  });
});

describe('linear maps as other tools write them', () => {
  it('x·W with the inputs first, and a product with the weight as it is', async () => {
    const model = modelFrom((s, x) => {
      const first = relu(matmul(globalAveragePool(x), s.param('a.weight', [4, 5], fanOut([5, 4]))));
      return apply1('Gemm', [first, s.param('b.weight', [5, 6], fanOut([6, 5])), s.param('b.bias', [6], zeros)]);
    });
    for (const method of ['lora', 'ssf'] as const) {
      const adapted = adaptModel(model, adapterOptions({ method, stem: true, rank: 2 }));
      expect(adapted.layers.map((a) => a.layer.name)).toEqual(['a', 'b']);
      expect(await startError(model, adapted)).toBe(0);
      expect(await mergeError(model, adapted)).toBeLessThan(1e-5);
    }
  });
});

const families = [
  'ascan',
  'efficientformer',
  'efficientformerv2',
  'hiera',
  'mobilenetv2',
  'regnet',
  'vit',
  'convnext',
  'mrl',
];

describe.each(families)('%s', (family) => {
  const { variant, overrides, size = 64 } = small[family]!;
  const model = createModel(variant, { size, classes: 3 }, overrides);

  // Every method on the hybrid that has all kinds of layers; on the others the default.
  it.each(family === 'efficientformerv2' ? methodNames : (['lora'] as const))(
    '%s begins equal to it, and merges',
    async (method) => {
      const adapted = adaptModel(model, adapterOptions({ method, rank: 2 }));
      expect(await startError(model, adapted)).toBe(0);
      if (method === 'head' || method === 'full') return expect(adapted.layers).toEqual([]);
      const shares = classifier(adapted.model).params.filter((p) => adapted.model.adapted!.trained.has(nameOf(p)!));
      expect(shares.length).toBeGreaterThan(3);
      if (method === 'bottleneck')
        expect(adapted.merge(valuesOf(adapted, formulaWeights(classifier(model)), true))).toBeUndefined();
      else expect(await mergeError(model, adapted)).toBeLessThan(1e-5);
    },
  );
});

const familyPath = (name: string) =>
  fileURLToPath(new URL(`../imported/fixtures/families/${name}.onnx`, import.meta.url));

describe('an imported model', () => {
  const folder = temporaryFolder();

  it.each(['beit-l17', 'edgenext-l17', 'repvit-l17', 'resnext-se-d20', 'levit-l17'])('%s', async (file) => {
    await importFolder(familyPath(file), join(folder, file), {});
    const { model, weights } = await openImported(join(folder, file));
    const adapted = adaptModel(model, adapterOptions({ rank: 2 }));
    expect(await startError(model, adapted, new Map(weights))).toBe(0);
    expect(await mergeError(model, adapted, new Map(weights))).toBeLessThan(1e-5);
  });
});

it('layers that a head does not read are no matter for merging', async () => {
  const model = createModel('mobilenetv2_035', { size: 32, classes: 3 });
  const adapted = adaptModel(model, adapterOptions({ rank: 1 }));
  const at = (m: Model) => graph({ map: m.stages[2]!.value });
  const values = formulaWeights(at(adapted.model));
  const merged = adapted.merge(values)!;
  const plain = at(merged.model);
  expect(plain.params.map((p) => nameOf(p)).sort()).toEqual([...merged.weights.keys()].sort());
  expect(await differenceBetween([at(adapted.model), values], [plain, merged.weights])).toBeLessThan(1e-5);
});

describe('what a layer does', () => {
  const named = (variant: string, overrides = {}) => {
    const { pooled } = createModel(variant, { classes: 3 }, overrides);
    return new Map(layersOf([pooled]).map((l) => [l.name, l.role]));
  };

  it('is found from the products of attention', () => {
    const vit = named('vit_tiny_patch16_224');
    expect(vit.get('blocks.0.attn.qkv')).toBe('attention');
    expect(vit.get('blocks.0.attn.proj')).toBe('attention');
    expect(vit.get('blocks.0.mlp.fc1')).toBe('mlp');
    expect(vit.get('patch_embed.proj')).toBe('convolution');
  });

  it('in hybrids whose attention is made of 1×1 convolutions too', () => {
    const former = named('efficientformerv2_s0');
    const of = (part: string) => new Set([...former].filter(([n]) => n.includes(part)).map(([, r]) => r));
    expect(of('token_mixer.q.')).toEqual(new Set(['attention']));
    expect(of('token_mixer.proj.')).toEqual(new Set(['attention']));
    expect(of('mlp.')).toEqual(new Set(['convolution']));
    const ascan = named('ascan-micro');
    expect(new Set(ascan.values())).toEqual(new Set(['attention', 'mlp', 'convolution']));
  });
});

describe('which layers', () => {
  const model = createModel('efficientformer_l1', { classes: 3 });

  it('by role, by name, behind a stage; none without a reason', () => {
    const names = (o: Parameters<typeof adapterOptions>[0]) =>
      adaptModel(model, adapterOptions(o)).layers.map((a) => a.layer.name);
    expect(names({ targets: ['attention'] }).every((n) => /token_mixer\.(qkv|proj)$/.test(n))).toBe(true);
    expect(names({ layers: ['stages.2.*fc1'] }).every((n) => /^stages\.2\.blocks\.\d\.mlp\.fc1$/.test(n))).toBe(true);
    expect(names({ above: 'stages.2' }).every((n) => n.startsWith('stages.3'))).toBe(true);
    expect(names({}).some((n) => n.startsWith('stem.conv2'))).toBe(true);
    expect(names({}).includes('stem.conv1')).toBe(false);
    expect(() => names({ layers: ['stages.9.*'] })).toThrow(/no layer of efficientformer_l1 is called 'stages\.9/);
    expect(() => names({ targets: ['attention'], layers: ['stem.*'] })).toThrow(/nothing to adapt/);
  });

  it('trains as many numbers as the sheet of the paper counts (petah.md §3.4)', () => {
    const count = (o: Parameters<typeof adapterOptions>[0]) =>
      adaptModel(model, adapterOptions({ rank: 8, stem: true, ...o })).parameters;
    expect(count({}) / 1e6).toBeCloseTo(0.341, 2);
    expect(count({ targets: ['attention'] }) / 1e6).toBeCloseTo(0.028, 3);
    expect(count({ targets: ['mlp'] }) / 1e6).toBeCloseTo(0.036, 3);
  });

  it('refuses early exits', () => {
    expect(() => adaptModel(createModel('ascan-micro-perceiver'), adapterOptions())).toThrow(/early exits/);
  });
});

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../base/tensor.ts';
import { gather, matmul, matmulT, reshape, softmax, split, transpose } from '../graph/build.ts';
import { apply1 } from '../graph/op.ts';
import { constant, type Value } from '../graph/value.ts';
import { importFolder } from '../imported/node/import-folder.ts';
import { openImported } from '../imported/node/open-imported.ts';
import { temporaryFolder } from '../imported/testing/folder.ts';
import { classifier, type Model } from '../models/model.ts';
import { createModel } from '../models/registry.ts';
import { small } from '../models/testing/small.ts';
import { fanOut } from '../nn/init.ts';
import { conv2d, linear } from '../nn/layers.ts';
import type { Scope } from '../nn/scope.ts';
import { formulaWeights } from '../testing/formula.ts';
import { adaptModel } from './adapt.ts';
import { attentionRows, type Rows } from './attention-rows.ts';
import { layersOf } from './layers.ts';
import { adapterOptions } from './options.ts';
import { mergeError, startError, valuesOf } from './testing/errors.ts';
import { modelFrom } from './testing/one-layer.ts';

const rowsByName = ({ pooled }: Model): Map<string, Rows> =>
  new Map([...attentionRows([pooled], layersOf([pooled]))].map(([layer, rows]) => [layer.name, rows]));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe('rows of queries, keys and values', () => {
  it('a third each, as timm packs them', () => {
    const rows = rowsByName(createModel('vit_tiny_patch16_224', { classes: 3, size: 64 }));
    expect(rows.get('blocks.3.attn.qkv')).toEqual({ q: range(0, 192), k: range(192, 384), v: range(384, 576) });
    expect(rows.size).toBe(12);
  });

  it('head by head, as EfficientFormer packs them (petah.md §3.3)', () => {
    const rows = rowsByName(createModel('efficientformer_l1', { classes: 3 }));
    const heads = (from: number, to: number) => range(0, 8).flatMap((h) => range(h * 192 + from, h * 192 + to));
    expect([...rows.keys()]).toHaveLength(1);
    expect([...rows.values()][0]).toEqual({ q: heads(0, 32), k: heads(32, 64), v: heads(64, 192) });
  });

  it('pooled queries, and maps that are queries, keys or values alone', () => {
    const { variant, overrides, size = 64 } = small.hiera!;
    const hiera = rowsByName(createModel(variant, { classes: 3, size }, overrides));
    expect([...hiera.values()].every(({ q, k, v }) => q && k && v)).toBe(true);
    const former = rowsByName(createModel('efficientformerv2_s0', { classes: 3 }));
    for (const [part, of] of [
      ['q', /token_mixer\.q\./],
      ['k', /token_mixer\.k\./],
      ['v', /token_mixer\.v\./],
    ] as const) {
      const own = [...former].filter(([name]) => of.test(name));
      expect(own.length).toBeGreaterThan(1);
      expect(own.every(([, rows]) => Object.keys(rows).join() === part)).toBe(true);
    }
  });
});

/** Attention with all three in one weight: any order of the parts, packed one after the other or head by head, a linear map or a 1×1 convolution. */
interface Packing {
  readonly order: readonly number[];
  readonly byHead: boolean;
  readonly how: 'gemm' | 'matmul' | 'conv';
  readonly pick: 'split' | 'gather';
}
const [heads, each, tokens] = [2, 3, 16];

function packed({ order, byHead, how, pick }: Packing) {
  return (s: Scope, image: Value): Value => {
    const rows = 3 * heads * each;
    const flat = (x: Value) => transpose(reshape(x, ['N', x.type.shape[1]!, tokens]), [0, 2, 1]);
    const stem = s.in('stem', (c) => conv2d(c, image, 5, { kernel: 2, stride: 2 }));
    const qkv =
      how === 'conv'
        ? flat(s.in('qkv', (c) => conv2d(c, stem, rows, { kernel: 1 })))
        : how === 'gemm'
          ? s.in('qkv', (c) => linear(c, flat(stem), rows))
          : matmul(flat(stem), s.param('qkv.weight', [5, rows], fanOut([rows, 5])));
    const parted = byHead ? [heads, 3, each] : [3, heads, each];
    const ordered = transpose(reshape(qkv, ['N', tokens, ...parted]), byHead ? [3, 0, 2, 1, 4] : [2, 0, 3, 1, 4]);
    const three =
      pick === 'split'
        ? split(ordered, [1, 1, 1], 0).map((p) => reshape(p, ['N', heads, tokens, each]))
        : [0, 1, 2].map((i) =>
            gather(ordered, constant({ dtype: 'int64', shape: [], data: new BigInt64Array([BigInt(i)]) }), 0),
          );
    const [q, k, v] = order.map((i) => three[i]!);
    const mixed = matmul(softmax(matmulT(q!, k!, { transB: true, alpha: 0.5 })), v!);
    const out = reshape(transpose(mixed, [0, 2, 1, 3]), ['N', tokens, heads * each]);
    return apply1('ReduceMean', [out, constant({ dtype: 'int64', shape: [1], data: new BigInt64Array([1n]) })], {
      keepdims: 0,
    });
  };
}

describe('pairs for some rows of a fused layer', () => {
  it('begin equal to it, merge into their own rows and leave the others, however it is packed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          order: fc.constantFrom([0, 1, 2], [2, 0, 1], [1, 2, 0]),
          byHead: fc.boolean(),
          how: fc.constantFrom('gemm', 'matmul', 'conv' as const),
          pick: fc.constantFrom('split', 'gather' as const),
          parts: fc.subarray(['q', 'k', 'v'] as const, { minLength: 1 }),
          rank: fc.integer({ min: 1, max: 3 }),
          alpha: fc.option(fc.constantFrom(1, 8), { nil: undefined }),
        }),
        async ({ parts, rank, alpha, ...packing }) => {
          const model = modelFrom(packed(packing as Packing));
          const layers = parts.map((p) => `qkv:${p}`);
          const adapted = adaptModel(model, adapterOptions({ layers, rank, alpha }));
          expect(adapted.parameters).toBe(parts.length * rank * (5 + heads * each));
          expect(await startError(model, adapted)).toBe(0);
          expect(await mergeError(model, adapted)).toBeLessThan(1e-5);
          const own = formulaWeights(classifier(model));
          const merged = adapted.merge(valuesOf(adapted, own, true))!.weights.get('qkv.weight')!;
          const turned = packing.how === 'matmul';
          const changed = new Set<number>();
          merged.data.forEach((w, i) => {
            if (w !== own.get('qkv.weight')!.data[i]) changed.add(turned ? i % 18 : Math.floor(i / 5));
          });
          const expected = parts.flatMap((p) => {
            const at = packing.order['qkv'.indexOf(p)]!;
            return range(0, heads).flatMap((h) =>
              range(0, each).map((d) => (packing.byHead ? (h * 3 + at) * each + d : (at * heads + h) * each + d)),
            );
          });
          expect([...changed].sort((a, b) => a - b)).toEqual(expected.sort((a, b) => a - b));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('are said by name; a layer of queries alone is meant whole', () => {
    const vit = createModel('vit_tiny_patch16_224', { classes: 3, size: 32 });
    const adapt = (model: Model, o: Parameters<typeof adapterOptions>[0]) => adaptModel(model, adapterOptions(o));
    // As LoRA adapts queries and values: 12 blocks, two pairs of [192 → r → 192] each.
    expect(adapt(vit, { layers: ['*:q', '*:v'], rank: 4 }).parameters).toBe(12 * 2 * 4 * (192 + 192));
    expect([...adapt(vit, { layers: ['blocks.0.attn.qkv:q'], rank: 4 }).added.keys()]).toEqual([
      'blocks.0.attn.qkv.q.lora_A.weight',
      'blocks.0.attn.qkv.q.lora_B.weight',
    ]);
    expect([...adapt(vit, { layers: ['*.0.*qkv', '*.0.*qkv:q'], rank: 4 }).added.keys()]).toEqual([
      'blocks.0.attn.qkv.lora_A.weight',
      'blocks.0.attn.qkv.lora_B.weight',
    ]);
    const former = createModel('efficientformerv2_s0', { classes: 3 });
    expect(
      [...adapt(former, { layers: ['*:v'], rank: 1 }).added.keys()].every((n) => /\.v\.[^.]+\.lora_/.test(n)),
    ).toBe(true);
    expect(() => adapt(vit, { layers: ['*.proj:q'] })).toThrow(
      /'\*\.proj:q' names gives attention its queries; these do: blocks\.0\.attn\.qkv/,
    );
    expect(() => adapt(createModel('resnet18', { size: 32 }), { layers: ['*:v'] })).toThrow(
      /its graph shows none that does/,
    );
    expect(() => adapt(vit, { method: 'ssf', layers: ['*:q'] })).toThrow(/ssf takes layers whole/);
  });
});

describe('an imported model', () => {
  const folder = temporaryFolder();
  const path = (name: string) => fileURLToPath(new URL(`../imported/fixtures/families/${name}.onnx`, import.meta.url));

  it.each(['beit-l17', 'edgenext-l17', 'levit-l17'])(
    '%s shows its queries and values, and takes pairs beside them',
    async (file) => {
      await importFolder(path(file), join(folder, file), {});
      const { model, weights } = await openImported(join(folder, file));
      const adapted = adaptModel(model, adapterOptions({ rank: 2, layers: ['*:q', '*:v'] }));
      expect(adapted.layers.length).toBeGreaterThan(0);
      const own = new Map(weights) as Map<string, Tensor<'float32'>>;
      expect(await startError(model, adapted, own)).toBe(0);
      expect(await mergeError(model, adapted, own)).toBeLessThan(1e-5);
    },
  );
});

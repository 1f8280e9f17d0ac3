import { describe, expect, it } from 'vitest';
import { adaptModel } from '../adapters/adapt.ts';
import { adapterOptions } from '../adapters/options.ts';
import { modelFrom } from '../adapters/testing/one-layer.ts';
import { classifier } from '../models/model.ts';
import { conv2d } from '../nn/layers.ts';
import { formulaInput, formulaWeights } from '../testing/formula.ts';
import { adapterProducts } from './adapter-products.ts';

/** One convolution 4 → 6, 3×3, with something beside it, and a gradient for each of its parameters. */
function beside(options: Parameters<typeof adapterOptions>[0], group = 1) {
  const model = modelFrom((s, x) => s.in('conv', (c) => conv2d(c, x, 6, { kernel: 3, group, bias: true })));
  const adapted = adaptModel(model, adapterOptions({ stem: true, ...options }));
  const weights = formulaWeights(classifier(adapted.model));
  const gradients = new Map(
    [...adapted.added].map(([name, shape]) => [name, formulaInput(`grad:${name}`, shape).data as Float32Array]),
  );
  const data = (name: string) => weights.get(`conv.${name}`)!.data;
  const grad = (name: string) => gradients.get(`conv.${name}`)!;
  const products = new Map(adapterProducts(adapted.layers, weights, (name) => gradients.get(name)));
  return { adapted, weights, data, grad, products };
}

const product = (b: Float32Array, a: Float32Array, rank: number, o: number, i: number, columns: number) =>
  Array.from({ length: rank }, (_, j) => b[o * rank + j]! * a[j * columns + i]!).reduce((x, y) => x + y, 0);

describe('what gradients of adapters say of the weight', () => {
  it.each([
    ['p1', 1, 36],
    ['p4', 2, 18],
  ] as const)('of a pair in the form %s, it is how the product of the factors would move', (form, group, columns) => {
    const { data, grad, products, adapted, weights } = beside({ form, rank: 2, alpha: 6 }, group);
    const [a, b] = [data('lora_A.weight'), data('lora_B.weight')];
    const [da, db] = [grad('lora_A.weight'), grad('lora_B.weight')];
    const merged = adapted.merge(weights)!.weights.get('conv.weight')!;
    const found = products.get('conv.weight')!;
    expect(found.shape).toEqual(merged.shape);
    const wanted = merged.data.map((w, at) => {
      const [o, i] = [Math.floor(at / columns), at % columns];
      return w * 3 * (product(db, a, 2, o, i, columns) + product(b, da, 2, o, i, columns));
    });
    const largest = Math.max(...wanted.map(Math.abs));
    expect(largest).toBeGreaterThan(0.01);
    expect(Math.max(...found.data.map((v, i) => Math.abs(v - wanted[i]!)))).toBeLessThan(1e-5 * largest);
  });

  it('of a scale, it is the weight’s own row', () => {
    const { data, grad, products } = beside({ method: 'ssf' });
    const [w, scale, change] = [data('weight'), data('ssf_scale'), grad('ssf_scale')];
    const wanted = w.map((v, i) => v * scale[Math.floor(i / 36)]! * v * change[Math.floor(i / 36)]!);
    products.get('conv.weight')!.data.forEach((v, i) => {
      expect(v).toBeCloseTo(wanted[i]!, 6);
    });
  });

  it('is nothing where the loss does not read the layer', () => {
    const { adapted, weights } = beside({ rank: 1 });
    expect([...adapterProducts(adapted.layers, weights, () => undefined)]).toEqual([]);
  });
});

import { f32, i64, sizeOf } from '../../base/tensor.ts';
import { concat, gather } from '../../graph/build.ts';
import { constant, type Value } from '../../graph/value.ts';
import { uniformFanIn, zeros } from '../../nn/init.ts';
import { type RowPart, type Rows, rowParts } from '../attention-rows.ts';
import type { Form } from './form.ts';
import { loras } from './lora.ts';
import { product } from './product.ts';

/**
 * A low-rank pair for the queries, keys or values of a layer that gives several of them: B has their rows alone, the layer's other rows stay as they
 * are. LoRA (Hu et al. 2021, arXiv 2106.09685, §4.2) adapts attention's maps one by one; here they may lie in one weight.
 */
export function rowPairs(rows: Rows): Form {
  const parts = rowParts.flatMap((part) => (rows[part] ? [{ part, rows: rows[part] }] : []));
  return {
    greatestRank: ({ inputs, kernel }) => Math.min(inputs * sizeOf(kernel), ...parts.map((p) => p.rows.length)),
    parameters: ({ inputs, kernel }, rank) =>
      Object.fromEntries(
        parts.flatMap(({ part, rows: own }) => {
          const down = [rank, inputs, ...kernel];
          return [
            [nameA(part), { shape: down, init: uniformFanIn(down) }],
            [nameB(part), { shape: [own.length, rank, ...kernel.map(() => 1)], init: zeros }],
          ];
        }),
      ),
    apply: (site) => {
      const a = parts.map(({ part }) => site.params[nameA(part)]!);
      const b = parts.map(({ part, rows: own }) => spread(site.params[nameB(part)]!, own, site.layer.outputs));
      const params = { 'lora_A.weight': concat(a, 0), 'lora_B.weight': concat(b, 1) };
      return loras.p1.apply({ ...site, params });
    },
    unfolded: ({ outputs, inputs, kernel, turned }, gradient) => {
      const each = inputs * sizeOf(kernel);
      const matrices = parts.map(({ rows: own }) => {
        const data = new Float32Array(own.length * each);
        own.forEach((row, r) => {
          for (let c = 0; c < each; c++) data[r * each + c] = gradient[turned ? c * outputs + row : row * each + c]!;
        });
        return { rows: own.length, columns: each, data };
      });
      return { matrices, each: 1 };
    },
    // The pairs one below the other, zeros in the rows that are none of a pair's own.
    pair: ({ inputs, outputs, kernel }, params) => {
      const values = parts.map(({ part, rows: own }) => ({ a: params[nameA(part)]!, b: params[nameB(part)]!, own }));
      const rank = values.reduce((n, { a }) => n + a.shape[0]!, 0);
      const a = f32([rank, inputs, ...kernel]);
      const b = f32([outputs, rank, ...kernel.map(() => 1)]);
      let from = 0;
      for (const { a: down, b: up, own } of values) {
        const ranks = down.shape[0]!;
        a.data.set(down.data, from * inputs * sizeOf(kernel));
        own.forEach((row, r) => {
          b.data.set(up.data.subarray(r * ranks, (r + 1) * ranks), row * rank + from);
        });
        from += ranks;
      }
      return { a, b };
    },
    merged: ({ layer, rank, scale, weight, params }) => {
      const { outputs, inputs, kernel, turned } = layer;
      const each = inputs * sizeOf(kernel);
      const sum = weight.slice();
      for (const { part, rows: own } of parts) {
        const delta = product(params[nameB(part)]!.data, params[nameA(part)]!.data, own.length, rank, each);
        own.forEach((row, r) => {
          for (let c = 0; c < each; c++)
            sum[turned ? c * outputs + row : row * each + c]! += scale * delta[r * each + c]!;
        });
      }
      return { weight: sum };
    },
  };
}

const nameA = (part: RowPart) => `${part}.lora_A.weight`;
const nameB = (part: RowPart) => `${part}.lora_B.weight`;

/** [rows, …] → [outputs, …]: each row in its place, zeros in the others. */
function spread(b: Value, rows: readonly number[], outputs: number): Value {
  const places = new Array<number>(outputs).fill(rows.length);
  rows.forEach((row, i) => {
    places[row] = i;
  });
  const nothing = constant(f32([1, ...(b.type.shape.slice(1) as number[])]));
  return gather(concat([b, nothing], 0), constant(i64([outputs], places)), 0);
}

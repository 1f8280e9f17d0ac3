import { expect, it } from 'vitest';
import { graph } from '../../graph/graph.ts';
import { createModel } from '../../models/registry.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { blocksOf } from './blocks.ts';
import { LatencyTable } from './table.ts';

const network = (model: string, overrides = {}) =>
  graph({ logits: createModel(model, { size: 64, classes: 3 }, overrides).logits });

it('a network falls into its blocks; equal ones have one name, whatever the rest is', () => {
  const blocks = blocksOf(network('ascan-nano'));
  expect(blocks.length).toBeGreaterThan(10);
  const nodes = blocks.reduce((n, { graph }) => n + graph.nodes.length, 0);
  expect(nodes).toBeGreaterThan(80);
  // One stage is another: the blocks of the stages before it stay.
  const other = new Set(blocksOf(network('ascan-nano', { layout: 'CC|CCCT|CCTT|CCTT' })).map(({ key }) => key));
  const same = blocks.filter(({ key }) => other.has(key)).length;
  expect(same).toBeGreaterThanOrEqual(blocks.length - 5);
  expect(same).toBeLessThan(blocks.length);
});

it.each(['ascan-micro', 'turbovit_r1', 'mobilenetv2_035', 'efficientformer_l1'])(
  '%s is timed part by part, each once',
  async (model) => {
    const runtime = await nativeRuntime({ threads: 1 });
    const table = new LatencyTable(runtime);
    expect(await table.expect(network(model))).toBeGreaterThan(0);
    const before = table.size;
    await table.expect(network(model));
    expect(table.size).toBe(before);
    await runtime.close();
  },
);

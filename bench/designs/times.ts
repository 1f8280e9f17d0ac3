import { loadavg } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { atomicWrite } from '../../src/base/node/atomic.ts';
import { readJson } from '../../src/base/node/read-json.ts';
import { graph } from '../../src/graph/graph.ts';
import { describeMachine } from '../../src/measure/node/machine.ts';
import { timeGraph } from '../../src/measure/time-graph.ts';
import { createModel } from '../../src/models/registry.ts';
import { nativeRuntime } from '../../src/runtime/node/native.ts';
import { type Design, keyOf, settleModel } from '../../src/search/space.ts';
import { inOrder, space } from './space.ts';

const timesSchema = z.object({
  machine: z.string(),
  load: z.array(z.number()),
  /** Medians for one picture, one thread, by design; one of each round. */
  ms: z.record(z.string(), z.array(z.number())),
});
export type Times = z.output<typeof timesSchema>;
const path = join(import.meta.dirname, 'times.json');

export const networkOf = (design: Design, classes: number) => {
  const { model, overrides, size = 48 } = settleModel(space, design);
  return createModel(model, { size, classes }, overrides);
};

/** Times every design, all of them in each round, so that what else the machine does strikes all alike. */
export async function timeAll(rounds: number): Promise<Times> {
  const runtime = await nativeRuntime({ threads: 1 });
  const before = await readTimes();
  const ms: Record<string, number[]> = { ...before?.ms };
  const start = performance.now();
  const { cpu, cores } = describeMachine(runtime);
  const told = (): Times => ({
    machine: `${cpu}, ${cores} cores, ${runtime.name} ${runtime.version}`,
    load: loadavg().map((x) => Number(x.toFixed(1))),
    ms,
  });
  for (let round = 0; round < rounds; round++) {
    for (const design of inOrder()) {
      const { logits } = networkOf(design, 7);
      const taken = await timeGraph(runtime, graph({ logits }));
      ms[keyOf(design)] = [...(ms[keyOf(design)] ?? []), Number(taken.toFixed(4))];
    }
    await atomicWrite(path, `${JSON.stringify(told(), null, 1)}\n`);
    console.error(`round ${round + 1} of ${rounds}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
  }
  await runtime.close();
  return told();
}

export const readTimes = () => readJson(path, timesSchema, 'Write it again with `npx tsx bench/designs.ts time`');

/** The least of a design's medians: what else the machine did only ever made it slower. */
export const msOf = (times: Times, design: Design): number => Math.min(...times.ms[keyOf(design)]!);

import { readFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { graphCost } from '../src/graph/cost.ts';
import { type Graph, graph } from '../src/graph/graph.ts';
import { inputsOf, randomFeeds } from '../src/measure/feeds.ts';
import { interleave } from '../src/measure/interleave.ts';
import { describeMachine } from '../src/measure/node/machine.ts';
import { percentile } from '../src/measure/percentile.ts';
import { shippedUntrained } from '../src/measure/time-graph.ts';
import { createModel } from '../src/models/registry.ts';
import { encodeModel } from '../src/onnx/wire/model.ts';
import { nativeRuntime } from '../src/runtime/node/native.ts';
import { logTo, root } from './carry-out.ts';
import { type Network, SIZE } from './small.ts';

/** Of networks that were timed beside each other, on one thread. */
export interface Times {
  readonly machine: string;
  readonly date: string;
  /** Load averages of 1, 5 and 15 minutes. */
  readonly load: { readonly before: readonly number[]; readonly after: readonly number[] };
  readonly networks: Readonly<Record<string, Timed>>;
}

export interface Timed {
  readonly parameters: number;
  readonly macs: number;
  /** Milliseconds for one picture. */
  readonly ms: { readonly median: number; readonly least: number };
  /** In batches of 64, by the median. */
  readonly picturesPerSecond: number;
  /** Where pictures may leave early: the share of `ms` that the mean picture takes. */
  readonly early?: number;
}

const MANY = 64;
/** Turns of all networks, and the seconds of each in one. */
const [ROUNDS, SECONDS] = [6, 0.5];

/** Times untrained networks of the registry (see `timeGraphs`). */
export const timeInTurns = (networks: ReadonlyMap<string, Network>, file: string): Promise<void> =>
  timeGraphs(
    new Map(
      [...networks].map(([name, { model, overrides }]) => [
        name,
        graph({ logits: createModel(model, { size: SIZE, classes: 7 }, overrides).logits }),
      ]),
    ),
    file,
  );

/** Times all networks in one process, on one thread, in turns, alone and in batches of 64, and writes the file of `recipes/`; with what leaving `early` takes. */
export async function timeGraphs(
  networks: ReadonlyMap<string, Graph>,
  file: string,
  early: Readonly<Record<string, number>> = {},
): Promise<void> {
  const runtime = await nativeRuntime({ threads: 1 });
  const before = loadavg();
  const subjects = await Promise.all(
    [...networks].map(async ([name, g]) => {
      const shipped = shippedUntrained(g);
      const program = await runtime.load(encodeModel(shipped), { threads: 1 });
      const [one, many] = [1, MANY].map((batch) => randomFeeds(inputsOf(shipped), batch));
      const { parameters, macs } = graphCost(g, { N: 1 });
      return {
        name,
        parameters,
        macs,
        program,
        one: one!,
        many: many!,
        times: { one: [] as number[], many: [] as number[] },
      };
    }),
  );
  for (const which of ['one', 'many'] as const)
    for (let round = 0; round < ROUNDS; round++) {
      const probes = subjects.map((s) => ({ run: () => s.program.run(s[which]) }));
      const taken = await interleave(probes, { seconds: SECONDS, runs: 1000, warmup: 3 });
      subjects.forEach((s, i) => void s.times[which].push(...taken[i]!));
    }
  for (const { program } of subjects) await program.close();
  const { cpu, cores } = describeMachine(runtime);
  await runtime.close();
  const timed = subjects.map(({ name, parameters, macs, times }): [string, Timed] => [
    name,
    {
      parameters,
      macs,
      ms: { median: percentile(times.one, 50), least: Math.min(...times.one) },
      picturesPerSecond: (1000 * MANY) / percentile(times.many, 50),
      ...(early[name] !== undefined && { early: early[name] }),
    },
  ]);
  const told: Times = {
    machine: `${cpu}, ${cores} cores, ${runtime.name} ${runtime.version}`,
    date: new Date().toISOString(),
    load: { before, after: loadavg() },
    networks: Object.fromEntries(timed),
  };
  await logTo(file, told);
  console.log(JSON.stringify(told, null, 1));
}

/** What was timed. @throws where nothing was yet */
export async function timesOf(file: string): Promise<Times> {
  const text = await readFile(join(root, 'recipes', file), 'utf8').catch((cause: unknown) => {
    throw new Error(`there is no recipes/${file}: call this recipe with 'time' first`, { cause });
  });
  return JSON.parse(text) as Times;
}

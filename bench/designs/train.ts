import { recipe } from '../../src/data/augment/recipe.ts';
import { preprocessing } from '../../src/data/preprocess.ts';
import { openDataset } from '../../src/feed/node/dataset.ts';
import { evalSource, trainSource } from '../../src/feed/node/loader.ts';
import { graphCost } from '../../src/graph/cost.ts';
import { graph } from '../../src/graph/graph.ts';
import { initialValues } from '../../src/nn/init.ts';
import { nativeRuntime } from '../../src/runtime/node/native.ts';
import { compile } from '../../src/runtime/runtime.ts';
import type { Design } from '../../src/search/space.ts';
import { zeroCost } from '../../src/search/zero-cost.ts';
import { classify } from '../../src/tasks/classify/node/classify.ts';
import { isTrained } from '../../src/tasks/task.ts';
import { trainOptions } from '../../src/train/options.ts';
import { train } from '../../src/train/trainer.ts';
import { judgeAll } from '../../src/train/validate.ts';
import type { Row } from './table.ts';
import { networkOf } from './times.ts';

/** A data set of the table, and how long a design is trained on it. */
export interface Place {
  readonly folder: string;
  readonly epochs: number;
  /** Share of the training pictures that are validated, where no split comes with the folder. */
  readonly valFraction: number;
}

const input = preprocessing({ size: 48, cropMode: 'squash', cropPct: 1 });

/** Trains designs one after the other on pictures that are opened once; one thread, all with the same options and pictures. */
export async function trainerOf({ folder, epochs, valFraction }: Place) {
  const dataset = await openDataset(folder, classify, { seed: 0, valFraction, prepare: input, workers: 0 });
  const { classes, items } = dataset;
  const runtime = await nativeRuntime({ threads: 1 });
  const task = classify;
  if (!isTrained(task)) throw new Error('classification is trained');
  const sources = (seed: number) => ({
    train: trainSource(dataset, { preprocessing: input, batchSize: 32, seed, recipe: recipe('light') }),
    val: evalSource(dataset, 'val', { preprocessing: input, batchSize: 64 }),
    test: evalSource(dataset, 'test', { preprocessing: input, batchSize: 64 }),
  });
  return {
    async trained(design: Design, seed: number): Promise<Omit<Row, 'ms'>> {
      const used = process.cpuUsage();
      const { train: batches, val, test } = sources(seed);
      const network = task.network(networkOf(design, classes.length), {});
      const g = graph(network.outputs);
      const { parameters, macs } = graphCost(g, { N: 1 });
      const about = { runtime, task, network, classes: classes.length, seed, threads: 1 };
      const scores = await zeroCost({ ...about, batch: await batches.batch(0, 0) });
      const result = await train({
        task,
        network,
        classes,
        runtime,
        options: trainOptions({ epochs, batch: 32, warmup: 0.5, seed, threads: 1, checkpointSeconds: 1e9 }),
        train: batches,
        val,
        weights: initialValues(g, seed),
      });
      const program = await compile(runtime, g, { constants: result.weights, target: 'standard', threads: 1 });
      const meter = task.meter({ classes });
      await judgeAll(program, test, meter);
      await program.close();
      for (const source of [batches, val, test]) await source.close();
      const { user, system } = process.cpuUsage(used);
      return {
        design: [...design],
        seed,
        val: result.history.map((e) => e.val!.accuracy!),
        test: meter.figures().accuracy!,
        valImages: items.val.length,
        testImages: items.test.length,
        parameters,
        macs,
        ...scores,
        processor: Math.round((user + system) / 1e5) / 10,
      };
    },
    close: async () => {
      await runtime.close();
      await dataset.close();
    },
  };
}

import type { Tensor } from '../../src/base/tensor.ts';
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
  /** Rounds of all designs' shared weights, of an epoch each, before a design goes on from these (shared.ts); none: from weights of its own. */
  readonly rounds?: number;
  /** The table of whole trainings that this one tells something of beforehand. */
  readonly foretells?: string;
}

interface Learning {
  readonly epochs: number;
  readonly seed: number;
  /** Peak learning rate; the usual one, with a warm-up, where it is left out. */
  readonly lr?: number;
  /** Exchanges the design's first values for others. */
  readonly begin?: (own: Weights) => Weights;
}

type Weights = ReadonlyMap<string, Tensor<'float32'>>;

const input = preprocessing({ size: 48, cropMode: 'squash', cropPct: 1 });

/** Trains designs one after the other on pictures that are opened once; one thread, all with the same options and pictures. */
export async function trainerOf({ folder, valFraction }: Pick<Place, 'folder' | 'valFraction'>) {
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
  const networkFor = (design: Design) => task.network(networkOf(design, classes.length), {});
  const learned = async (design: Design, { epochs, seed, lr, begin = (own) => own }: Learning) => {
    const network = networkFor(design);
    const { train: batches, val, test } = sources(seed);
    const result = await train({
      task,
      network,
      classes,
      runtime,
      options: trainOptions({
        ...{ epochs, batch: 32, warmup: lr === undefined ? 0.5 : 0, seed, threads: 1, checkpointSeconds: 1e9 },
        ...(lr !== undefined && { lr }),
      }),
      train: batches,
      val,
      weights: begin(initialValues(graph(network.outputs), seed)),
    });
    for (const source of [batches, val, test]) await source.close();
    return result;
  };
  return {
    learned,
    async trained(design: Design, learning: Learning): Promise<Omit<Row, 'ms'>> {
      const used = process.cpuUsage();
      const { seed } = learning;
      const { train: batches, test } = sources(seed);
      const network = networkFor(design);
      const g = graph(network.outputs);
      const { parameters, macs } = graphCost(g, { N: 1 });
      const about = { runtime, task, network, classes: classes.length, seed, threads: 1 };
      const scores = await zeroCost({ ...about, batch: await batches.batch(0, 0) });
      const result = await learned(design, learning);
      const program = await compile(runtime, g, { constants: result.weights, target: 'standard', threads: 1 });
      const meter = task.meter({ classes });
      await judgeAll(program, test, meter);
      await program.close();
      for (const source of [batches, test]) await source.close();
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

export type Trainer = Awaited<ReturnType<typeof trainerOf>>;

import { join } from 'node:path';
import { check } from '../../base/errors.ts';
import { atomicWrite } from '../../base/node/atomic.ts';
import { openDataset } from '../../feed/node/dataset.ts';
import { evalSource } from '../../feed/node/loader.ts';
import { graph } from '../../graph/graph.ts';
import { type Device, openRuntime } from '../../runtime/node/open.ts';
import { compile } from '../../runtime/runtime.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import type { Figures } from '../../tasks/task.ts';
import { judgeAll } from '../../train/validate.ts';
import { settingsOf } from '../settings.ts';
import { imagesOf, loadRun } from './run-folder.ts';

export interface EvaluateRunOptions {
  /** Default: test where there is one, else val. */
  readonly split?: 'test' | 'val';
  /** Another folder than the one trained on. */
  readonly data?: string;
  readonly device?: Device;
  readonly threads?: number;
  readonly onScan?: (done: number, total: number) => void;
  readonly onBatch?: (done: number, of: number) => void;
}

/** What an evaluation found. */
export interface Evaluated {
  readonly task: NodeTask;
  /** The task's own record, as in `eval.json`. */
  readonly evaluation: unknown;
  /** Its main numbers, e.g. `accuracy`. */
  readonly figures: Figures;
  readonly images: number;
}

/** Evaluates a run's best weights and writes `eval.json`. */
export async function evaluateRun(folder: string, options: EvaluateRunOptions = {}): Promise<Evaluated> {
  const { run, model, weights } = await loadRun(folder);
  const task = taskNamed(run.task);
  const { train, valFraction, testFraction, maxBroken } = settingsOf(run.options);
  const images = await imagesOf(run, options.data, 'say where they are with --data DIR');
  const dataset = await openDataset(images, task, {
    seed: train.seed,
    valFraction,
    testFraction,
    maxBroken,
    prepare: run.preprocessing,
    onProgress: options.onScan,
  });
  try {
    const split = options.split ?? (dataset.items.test.length > 0 ? 'test' : 'val');
    const items = dataset.items[split];
    check(items.length > 0, () => `${dataset.root} has no ${split} images; choose another --split or --data`);
    check(
      dataset.classes.join('\n') === run.classes.join('\n'),
      () =>
        `the classes of ${dataset.root} (${dataset.classes.join(', ')}) are not those of the run (${run.classes.join(', ')})`,
    );
    const runtime = await openRuntime({ device: options.device, worker: true, threads: options.threads });
    try {
      const outputs = Object.entries(task.network(model).outputs).slice(-1);
      const program = await compile(runtime, graph(Object.fromEntries(outputs)), {
        constants: weights,
        target: 'standard',
      });
      const source = evalSource(dataset, split, { preprocessing: run.preprocessing, batchSize: 64 });
      const meter = task.meter({ classes: run.classes, fileOf: (i) => items[i]!.path });
      await judgeAll(program, source, meter, { onBatch: options.onBatch });
      await source.close();
      const evaluation = meter.evaluation(split);
      await atomicWrite(join(folder, 'eval.json'), `${JSON.stringify(evaluation, null, 2)}\n`);
      return { task, evaluation, figures: meter.figures(), images: items.length };
    } finally {
      await runtime.close();
    }
  } finally {
    await dataset.close();
  }
}

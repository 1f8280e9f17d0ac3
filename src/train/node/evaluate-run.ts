import { join } from 'node:path';
import { check } from '../../base/errors.ts';
import { atomicWrite } from '../../base/node/atomic.ts';
import { openDataset } from '../../feed/node/dataset.ts';
import { evalSource } from '../../feed/node/loader.ts';
import { classifier } from '../../models/model.ts';
import { type Device, openRuntime } from '../../runtime/node/open.ts';
import { compile } from '../../runtime/runtime.ts';
import { type Evaluation, evaluate } from '../../tasks/classify/evaluation.ts';
import { predictAll } from '../evaluate.ts';
import { imagesOf, loadRun } from './run-folder.ts';
import { settingsOf } from './settings.ts';

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

/** Evaluates a run's best weights and writes `eval.json`. */
export async function evaluateRun(folder: string, options: EvaluateRunOptions = {}): Promise<Evaluation> {
  const { run, model, weights } = await loadRun(folder);
  const { train, valFraction, testFraction, maxBroken } = settingsOf(run.options);
  const images = await imagesOf(run, options.data, 'say where they are with --data DIR');
  const dataset = await openDataset(images, {
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
      const program = await compile(runtime, classifier(model), { constants: weights, target: 'standard' });
      const source = evalSource(dataset, split, { preprocessing: run.preprocessing, batchSize: 64 });
      const { logits, labels, classes, indices } = await predictAll(program, source, () => ({}), options.onBatch);
      await source.close();
      const rows = Array.from(indices, (item, i) => ({
        file: items[item]!.path,
        label: labels[i]!,
        logits: logits.subarray(i * classes, (i + 1) * classes),
      }));
      const evaluation = evaluate([...run.classes], rows, split);
      await atomicWrite(join(folder, 'eval.json'), `${JSON.stringify(evaluation, null, 2)}\n`);
      return evaluation;
    } finally {
      await runtime.close();
    }
  } finally {
    await dataset.close();
  }
}

import { z } from 'zod';
import { check } from '../../base/errors.ts';
import { evalSource } from '../../feed/node/loader.ts';
import { graph } from '../../graph/graph.ts';
import { type Device, openRuntime } from '../../runtime/node/open.ts';
import { compile, type Runtime } from '../../runtime/runtime.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import type { Judged as TaskEvaluation } from '../../tasks/page.ts';
import { type Figures, judgedOutputs } from '../../tasks/task.ts';
import { encodedSource } from '../../train/latents.ts';
import { taughtSource } from '../../train/taught.ts';
import { judgeAll } from '../../train/validate.ts';
import { type BelongsTo, setText } from '../provenance.ts';
import { taskOptionsOf } from '../task-options.ts';
import { openStage } from './autoencoder/first-stage.ts';
import { captionedJudged } from './captions/sources.ts';
import { type MadeOptions, withMade } from './judge-made.ts';
import { type JudgedOn, type JudgedPictures, openJudged } from './judged-set.ts';
import { networkOf } from './network-of.ts';
import { type LoadedRun, loadRun } from './run-folder.ts';
import { stampOf, writeStamped } from './stamped.ts';
import { openTeacher } from './teacher.ts';

export interface EvaluateRunOptions extends JudgedOn, MadeOptions {
  readonly device?: Device;
  readonly threads?: number;
  readonly onBatch?: (done: number, of: number) => void;
}

/** Most pictures that are made unless more are asked for. */
const MOST_MADE = 300;
/** Fewest pictures on either side that neighbours can be looked for among. */
const LEAST_MADE = 6;

/** What an evaluation found. */
export interface Evaluated {
  readonly task: NodeTask;
  /** The task's own record, as in `eval.json`. */
  readonly evaluation: TaskEvaluation;
  /** Its main numbers, e.g. `accuracy`. */
  readonly figures: Figures;
  readonly images: number;
  /** Which weights, which pictures, on which machine. */
  readonly belongsTo: BelongsTo;
  /** Which pictures, in words. */
  readonly of: string;
  /** The file that was written. */
  readonly file: string;
}

/**
 * Evaluates a run's best weights, or an imported model: on the split that the run kept back, written to `eval.json`; with `data`, on
 * another folder, written to a file of its own, `eval-<folder>.json`.
 */
export async function evaluateRun(folder: string, options: EvaluateRunOptions = {}): Promise<Evaluated> {
  const loaded = await loadRun(folder);
  const task = taskNamed(loaded.run.task);
  const { made, making, features } = options;
  check(
    task.makes || (made === undefined && making === undefined && features === undefined),
    () => `the task ${task.name} answers about pictures and makes none: leave out how they are made and compared`,
  );
  const judged = await openJudged(loaded, task, options);
  try {
    const runtime = await openRuntime({ device: options.device, worker: true, threads: options.threads });
    try {
      return await evaluated(loaded, task, judged, runtime, options);
    } finally {
      await runtime.close();
    }
  } finally {
    await judged.dataset.close();
  }
}

async function evaluated(
  loaded: LoadedRun,
  task: NodeTask,
  { dataset, split, set, file }: JudgedPictures,
  runtime: Runtime,
  options: EvaluateRunOptions,
): Promise<Evaluated> {
  const { folder, run, weights } = loaded;
  const belongsTo = await stampOf(folder, run, runtime, set);
  const items = dataset.items[split];
  const taskOptions = taskOptionsOf(run);
  const outputs = judgedOutputs(networkOf(loaded));
  const program = await compile(runtime, graph(outputs), {
    constants: weights,
    target: 'standard',
  });
  const seen = evalSource(dataset, split, { preprocessing: run.preprocessing, batchSize: 64 });
  const encoder = await openStage(folder, run, runtime, 'encoder');
  const pictures = encoder
    ? encodedSource(seen, encoder)
    : task.taught
      ? taughtSource(seen, await openTeacher(folder, run, runtime, options.threads))
      : seen;
  const told = await captionedJudged(pictures, { folder, run, dataset, runtime }, split);
  const source = told?.source ?? pictures;
  const meter = task.meter({
    classes: run.classes,
    fileOf: (i) => items[i]!.path,
    detailed: true,
    options: taskOptions,
  });
  await judgeAll(program, source, meter, { onBatch: options.onBatch });
  const apart = await told?.apart(program, (done, of) => options.onMade?.('trying other captions', done, of));
  await source.close();
  await encoder?.close();
  const plain = meter.evaluation(split);
  const judged = apart && task.captioned ? task.evaluation.parse(task.captioned.withTold(plain, apart)) : plain;
  const wanted = task.makes ? (options.made ?? Math.min(MOST_MADE, items.length)) : 0;
  const few = wanted > 0 && Math.min(items.length, wanted, run.images.train) < LEAST_MADE;
  if (few) options.onNotice?.(`fewer than ${LEAST_MADE} pictures: made ones are not compared with real ones`);
  const evaluation =
    wanted > 0 && !few
      ? await withMade(loaded, task, { dataset, split, set, judged, wanted, runtime, options })
      : judged;
  await writeStamped(file, z.looseObject({}).parse(evaluation), belongsTo);
  return { task, evaluation, figures: meter.figures(), images: items.length, belongsTo, of: setText(set), file };
}

import { join } from 'node:path';
import { check } from '../../base/errors.ts';
import type { Tensor } from '../../base/tensor.ts';
import { evalSource } from '../../feed/node/loader.ts';
import { graph } from '../../graph/graph.ts';
import { openRuntime } from '../../runtime/node/open.ts';
import { compile, type Runtime } from '../../runtime/runtime.ts';
import type { BatchSource } from '../../tasks/batch.ts';
import type { Fitted, KeptOptions } from '../../tasks/fitting.ts';
import { type Figures, judgedOutputs, type Network } from '../../tasks/task.ts';
import { judgeAll } from '../../train/validate.ts';
import { readSealed, writeSealed } from '../../weights/node/sealed.ts';
import type { Run } from '../records.ts';
import { firstWeights, firstWeightsAgain } from './first-weights.ts';
import { checkThere, type Fit, type FitOptions, inEnvironment, type TrainRunResult, writeRun } from './fit.ts';

/** Pictures that are decoded together. */
const BATCH = 16;

type Weights = ReadonlyMap<string, Tensor<'float32'>>;

/**
 * Fits a task's head in a few looks at an open data set, without training steps, and writes what becomes of it into the run folder. One
 * that was stopped begins again; one that was done already is left as it is.
 */
export async function fitOnce(job: Fit, options: FitOptions): Promise<TrainRunResult> {
  const { dataset, settings, out, model, lock } = job;
  const { hooks = {}, signal, again } = options;
  const { task } = dataset;
  const { seed, threads } = settings.train;
  check(task.fitting, () => `the task ${task.name} is trained step by step`);
  const best = join(out, 'best', 'model.safetensors');
  if (again && (await isWhole(best))) {
    hooks.onNotice?.(`${out} was fitted to its images already: there is nothing left to do`);
    return ended(job.run, 'finished', new Map());
  }
  const runtime = await openRuntime({ device: options.device, worker: true, threads, onNotice: hooks.onNotice });
  const source = (split: 'train' | 'val') =>
    dataset.items[split].length > 0
      ? evalSource(dataset, split, { preprocessing: job.run.preprocessing, batchSize: BATCH })
      : undefined;
  const [train, val] = [source('train'), source('val')];
  check(train, 'there are no images to learn from');
  try {
    const run = await inEnvironment(job.run, out, runtime, options);
    const network = task.network(model, settings.task);
    if (!again && !options.weights) {
      hooks.onNotice?.(
        'the backbone is not trained, so it sees little: start from trained weights (--weights), or an imported model',
      );
    }
    const weights = again
      ? await firstWeightsAgain(out, network, seed)
      : await firstWeights(out, network, seed, options.weights);
    hooks.onStart?.({ run, settings, model, task, processes: 1, resumedAt: 0 });
    let fitted: Fitted;
    try {
      fitted = await task.fitting.fit({
        network,
        options: settings.task,
        runtime,
        seed,
        weights,
        train,
        ...(threads !== undefined && { threads }),
        ...(val && { val }),
        ...(hooks.onFit && { onProgress: hooks.onFit }),
        ...(signal && { signal }),
      });
    } catch (error) {
      if (signal?.aborted) return ended(run, 'stopped', weights);
      throw error;
    }
    const all = new Map([...weights, ...fitted.weights]);
    // Before anything is kept: what was stopped while it was judged is not done, and begins again.
    const figures = val ? await judged(job, network, runtime, all, val, fitted.options, options) : {};
    if (figures === 'stopped') return ended(run, 'stopped', all);
    const done = await withOptions(run, out, fitted.options);
    await lock.confirm();
    await writeSealed(best, all, { format: 'pt', model: run.model });
    await checkThere(best);
    return ended(done, 'finished', all, { epoch: 0, figures, rank: [...task.rank(figures)] });
  } finally {
    await train.close();
    await val?.close();
    await runtime.close();
  }
}

const ended = (
  run: Run,
  reason: 'finished' | 'stopped',
  weights: Weights,
  best: TrainRunResult['result']['best'] = null,
): TrainRunResult => ({ run, result: { reason, weights, history: [], best } });

const isWhole = (path: string): Promise<boolean> =>
  readSealed(path, { must: true }).then(
    () => true,
    () => false,
  );

/** The run with what is known of its task's options now, also in its run.json. */
async function withOptions(run: Run, out: string, task: KeptOptions): Promise<Run> {
  const now: Run = { ...run, options: { ...run.options, task: { ...task } } };
  await writeRun(out, now);
  return now;
}

/** Figures of the validation split, if it is judged to its end. */
async function judged(
  { dataset: { task, classes } }: Fit,
  network: Network,
  runtime: Runtime,
  weights: Weights,
  val: BatchSource,
  options: KeptOptions,
  { hooks = {}, signal }: FitOptions,
): Promise<Figures | 'stopped'> {
  const program = await compile(runtime, graph(judgedOutputs(network)), { constants: weights, target: 'standard' });
  try {
    const meter = task.meter({ classes, options });
    const whole = await judgeAll(program, val, meter, {
      ...(hooks.onValidate && { onBatch: hooks.onValidate }),
      ...(signal && { signal }),
    });
    return whole ? meter.figures() : 'stopped';
  } finally {
    await program.close();
  }
}

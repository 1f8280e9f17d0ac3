import { basename, dirname, join } from 'node:path';
import { check } from '../../base/errors.ts';
import { evalSource } from '../../feed/node/loader.ts';
import { graph } from '../../graph/graph.ts';
import { type JudgedOn, type JudgedPictures, openJudged } from '../../run/node/judged-set.ts';
import { networkOf } from '../../run/node/network-of.ts';
import { type LoadedRun, loadRun } from '../../run/node/run-folder.ts';
import { stampOf, writeStamped } from '../../run/node/stamped.ts';
import { setText } from '../../run/provenance.ts';
import { taskOptionsOf } from '../../run/task-options.ts';
import { type Device, openRuntime } from '../../runtime/node/open.ts';
import { compile, type Runtime } from '../../runtime/runtime.ts';
import type { BatchSource } from '../../tasks/batch.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import { judgedOutputs } from '../../tasks/task.ts';
import { judgeAll } from '../../train/validate.ts';
import { conditionsFor } from '../conditions.ts';
import { ROBUSTNESS_FILE, type Robustness, type Under } from '../record.ts';
import { disturbedSource } from '../source.ts';
import { exitsJudge } from './exits-under.ts';
import { recompress } from './recompress.ts';

export interface RobustnessOptions extends JudgedOn {
  readonly device?: Device;
  readonly threads?: number;
  /** Names what is random. */
  readonly seed?: number;
  readonly onCondition?: (done: number, of: number) => void;
  readonly signal?: AbortSignal;
}

export interface RobustnessResult {
  readonly record: Robustness;
  /** Which pictures, in words. */
  readonly of: string;
  /** The file that was written. */
  readonly file: string;
}

/**
 * Judges a run's best weights, or an imported model, on pictures as a camera gives them on other days: each condition at each strength, on
 * the pictures that `yosegi eval` judges, beside the pictures as they are. Written to `robustness.json`, or to one for the other folder.
 */
export async function robustnessRun(folder: string, options: RobustnessOptions = {}): Promise<RobustnessResult> {
  const loaded = await loadRun(folder);
  const task = taskNamed(loaded.run.task);
  check(
    !task.makes && !task.taught,
    () => `${folder} is of the task ${task.name}, which says nothing of a picture that light or focus could change`,
  );
  const pictures = await openJudged(loaded, task, options);
  try {
    const runtime = await openRuntime({ device: options.device, worker: true, threads: options.threads });
    try {
      return await judged(loaded, task, pictures, runtime, options);
    } finally {
      await runtime.close();
    }
  } finally {
    await pictures.dataset.close();
  }
}

async function judged(
  loaded: LoadedRun,
  task: NodeTask,
  { dataset, split, set, file }: JudgedPictures,
  runtime: Runtime,
  { seed = 0, onCondition, signal }: RobustnessOptions,
): Promise<RobustnessResult> {
  const { folder, run, weights } = loaded;
  const { preprocessing, classes } = run;
  const program = await compile(runtime, graph(judgedOutputs(networkOf(loaded))), {
    constants: weights,
    target: 'standard',
  });
  const plain = evalSource(dataset, split, { preprocessing, batchSize: 64 });
  const exits = task.early && (await exitsJudge(loaded, dataset, runtime));
  const under = async (source: BatchSource): Promise<Under> => {
    const meter = task.meter({ classes, options: taskOptionsOf(run) });
    await judgeAll(program, source, meter, { ...(signal && { signal }) });
    signal?.throwIfAborted();
    return { figures: { ...meter.figures() }, ...(exits && { exits: await exits(source) }) };
  };
  const conditions = conditionsFor(task.placed ?? false);
  const rows: Robustness['conditions'] = [];
  try {
    const asTheyAre = await under(plain);
    for (const condition of conditions) {
      onCondition?.(rows.length, conditions.length);
      rows.push({
        ...condition,
        ...(await under(disturbedSource(plain, preprocessing, condition, { seed, recompress }))),
      });
    }
    onCondition?.(rows.length, conditions.length);
    const { name, label, share } = task.figures[0]!;
    const record: Robustness = {
      images: dataset.items[split].length,
      seed,
      figure: { name, label, share },
      plain: asTheyAre,
      conditions: rows,
    };
    const to = join(dirname(file), basename(file).replace(/^eval/, basename(ROBUSTNESS_FILE, '.json')));
    await writeStamped(to, record, await stampOf(folder, run, runtime, set));
    return { record, of: setText(set), file: to };
  } finally {
    await plain.close();
  }
}

import { check } from '../../base/errors.ts';
import type { Tensor } from '../../base/tensor.ts';
import type { Image } from '../../data/image.ts';
import { denormalised, type Preprocessing } from '../../data/preprocess.ts';
import { graph } from '../../graph/graph.ts';
import { compile, type Program, type Runtime } from '../../runtime/runtime.ts';
import type { WantedPicture } from '../../tasks/making.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import type { Network, Task } from '../../tasks/task.ts';
import type { Run } from '../records.ts';
import { taskOptionsOf } from '../task-options.ts';
import { networkOf } from './network-of.ts';
import type { LoadedRun } from './run-folder.ts';

/** A network that makes pictures, ready to. */
export interface Maker {
  readonly classes: readonly string[];
  /** Makes pictures, a batch at a time. `making` are the task's options of making, checked here. */
  make(wanted: readonly WantedPicture[], options?: MakeOptions): Promise<MadePictures>;
  close(): Promise<void>;
}

export interface MakeOptions {
  readonly making?: unknown;
  /** Pictures at a time; default 16. */
  readonly batch?: number;
  readonly onStep?: (done: number, of: number) => void;
}

export interface MadePictures {
  readonly pictures: readonly Image[];
  /** How often the network looked at each. */
  readonly evaluations: number;
}

/** What a maker has to know besides its program. */
export interface MakerParts {
  readonly task: Task;
  readonly taskOptions: unknown;
  readonly classes: readonly string[];
  readonly channels: number;
  readonly preprocessing: Preprocessing;
  readonly program: Program;
}

/** A maker with the shipped network of a task as its program. */
export function makerOf({ task, taskOptions, classes, channels, preprocessing, program }: MakerParts): Maker {
  const { makes } = task;
  check(makes, () => `the task ${task.name} answers about pictures and makes none: use yosegi predict`);
  const shape = [channels, ...preprocessing.size] as const;
  return {
    classes,
    make: async (wanted, { making = {}, batch = 16, onStep } = {}) => {
      const checked = makes.options.parse(making);
      const pictures: Image[] = [];
      let evaluations = 0;
      const portions = Math.ceil(wanted.length / batch);
      for (let i = 0; i < portions; i++) {
        const some = wanted.slice(i * batch, (i + 1) * batch);
        const made = await makes.make((feeds) => program.run(feeds), some, {
          ...{ shape, classes: classes.length, options: taskOptions, making: checked },
          onStep: (done, of) => onStep?.(i * of + done, portions * of),
        });
        pictures.push(...denormalised(made.pictures, preprocessing));
        evaluations = made.evaluations;
      }
      return { pictures, evaluations };
    },
    close: () => program.close(),
  };
}

/** A maker with the shipped network of a run as its program. */
export function runMaker(run: Run, program: Program): Maker {
  const { classes, channels, preprocessing } = run;
  return makerOf({
    ...{ task: taskNamed(run.task), taskOptions: taskOptionsOf(run) },
    ...{ classes, channels, preprocessing, program },
  });
}

/** A maker with a run's best weights. */
export async function bestMaker(loaded: LoadedRun, runtime: Runtime): Promise<Maker> {
  const { run, weights } = loaded;
  return runMaker(run, await shippedProgram(runtime, taskNamed(run.task), networkOf(loaded), weights));
}

/** The program of a task's network as it is shipped, with these weights. */
export const shippedProgram = (
  runtime: Runtime,
  task: Task,
  network: Network,
  weights: ReadonlyMap<string, Tensor<'float32'>>,
): Promise<Program> =>
  compile(runtime, graph(task.ship.outputs(network, {})), { constants: weights, target: 'standard' });

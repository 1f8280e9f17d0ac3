import { messageOf } from '../../base/errors.ts';
import type { Tensor } from '../../base/tensor.ts';
import { openBundleExits } from '../../bundle/node/exits.ts';
import { loadBundle } from '../../bundle/node/read.ts';
import type { Preprocessing } from '../../data/preprocess.ts';
import { readExits } from '../../exits/node/exits-file.ts';
import { hasExits } from '../../exits/program/cut.ts';
import { type StagedAnswer, type StagedProgram, stagedProgram } from '../../exits/program/staged.ts';
import { EXITS_FILE, type ExitsRecord } from '../../exits/record.ts';
import { graph } from '../../graph/graph.ts';
import { networkOf } from '../../run/node/network-of.ts';
import { type LoadedRun, loadRun } from '../../run/node/run-folder.ts';
import { compile, type Program, type Runtime, type Tensors } from '../../runtime/runtime.ts';
import { checkAnswers } from '../../tasks/making.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import type { Answers } from '../../tasks/node/task.ts';
import { joinedAnswers } from './joined.ts';

/** What a predictor runs: a batch of pictures in, a task's outputs out. */
export interface Engine {
  readonly task: Answers;
  readonly classes: readonly string[];
  readonly preprocessing: Preprocessing;
  /** Whether normalisation is inside: it then takes bytes [N, H, W, 3]. */
  readonly takesBytes: boolean;
  /** When images leave early, where they may. */
  readonly exits?: ExitsRecord;
  run(image: Tensor): Promise<Ran>;
  close(): Promise<void>;
}

/** What came out for a batch. */
export interface Ran {
  /** [N, …] each, by name. */
  readonly outputs: Tensors;
  /** Where each image left, of a network with exits. */
  readonly left?: readonly StagedAnswer[];
}

interface EngineOptions {
  /** Whether images may leave early where there is a policy. */
  readonly early: boolean;
  readonly onNotice?: (message: string) => void;
}

/** The best weights of a run, under the policy in its folder if it has one. */
export const runEngine = async (folder: string, runtime: Runtime, options: EngineOptions): Promise<Engine> =>
  loadedEngine(await loadRun(folder), runtime, options);

/** What a run or a diff on its backbone gives. */
export async function loadedEngine(loaded: LoadedRun, runtime: Runtime, options: EngineOptions): Promise<Engine> {
  const { run, model, weights } = loaded;
  const task = taskNamed(run.task);
  checkAnswers(task, 'predict');
  const about = { task, classes: run.classes, preprocessing: run.preprocessing, takesBytes: false };
  if (options.early && hasExits(model)) {
    // A policy that does not fit is worth a word, but no reason to give no answer: the end is always right.
    const record = await readExits(loaded).catch((error: unknown) => {
      options.onNotice?.(`${EXITS_FILE} is not used, every image runs to the end: ${messageOf(error)}`);
      return undefined;
    });
    if (record) return { ...about, ...early(record, await stagedProgram(runtime, model, weights)) };
  }
  const g = graph(task.ship.outputs(networkOf(loaded), {}));
  return { ...about, ...whole(await compile(runtime, g, { constants: weights, target: 'standard' })) };
}

/** A bundle's model, under its policy if it has one. */
export async function bundleEngine(folder: string, runtime: Runtime, options: EngineOptions): Promise<Engine> {
  const { labels, preprocessing, model, manifest, exits } = await loadBundle(folder);
  if (!manifest.members) checkAnswers(taskNamed(manifest.task), 'predict');
  const about = {
    task: manifest.members ? joinedAnswers(manifest.members) : taskNamed(manifest.task),
    classes: labels,
    preprocessing,
    takesBytes: manifest.input.dtype === 'uint8',
  };
  if (options.early && exits) return { ...about, ...early(exits.record, await openBundleExits(runtime, exits)) };
  return { ...about, ...whole(await runtime.load(model)) };
}

function whole(program: Program): Pick<Engine, 'run' | 'close'> {
  return {
    run: async (image) => ({ outputs: await program.run({ [program.inputs[0]!]: image }) }),
    close: () => program.close(),
  };
}

function early(exits: ExitsRecord, program: StagedProgram): Pick<Engine, 'run' | 'close' | 'exits'> {
  return {
    exits,
    run: async (image) => {
      const left = await program.run(image, exits.policy);
      const width = left[0]?.logits.length ?? 0;
      const data = new Float32Array(left.length * width);
      left.forEach(({ logits }, i) => {
        data.set(logits, i * width);
      });
      return { outputs: { logits: { dtype: 'float32', shape: [left.length, width], data } }, left };
    },
    close: () => program.close(),
  };
}

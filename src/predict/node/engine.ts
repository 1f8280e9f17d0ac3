import { messageOf } from '../../base/errors.ts';
import type { Tensor } from '../../base/tensor.ts';
import { openBundleExits } from '../../bundle/node/exits.ts';
import { loadBundle } from '../../bundle/node/read.ts';
import type { Preprocessing } from '../../data/preprocess.ts';
import { hasExits } from '../../exits/cut.ts';
import { readExits } from '../../exits/node/exits-file.ts';
import { EXITS_FILE, type ExitsRecord } from '../../exits/record.ts';
import { type StagedAnswer, type StagedProgram, stagedProgram } from '../../exits/staged.ts';
import { classifier } from '../../models/model.ts';
import { compile, type Program, type Runtime } from '../../runtime/runtime.ts';
import { loadRun } from '../../train/node/run-folder.ts';

/** What a predictor runs: a batch in, scores of the classes for each image out. */
export interface Engine {
  readonly classes: readonly string[];
  readonly preprocessing: Preprocessing;
  /** Whether normalisation is inside: it then takes bytes [N, H, W, 3]. */
  readonly takesBytes: boolean;
  readonly givesProbabilities: boolean;
  /** When images leave early, where they may. */
  readonly exits?: ExitsRecord;
  run(image: Tensor): Promise<readonly Scored[]>;
  close(): Promise<void>;
}

export interface Scored {
  readonly scores: Float32Array;
  /** Where the image left, of a network with exits. */
  readonly left?: StagedAnswer;
}

interface EngineOptions {
  /** Whether images may leave early where there is a policy. */
  readonly early: boolean;
  readonly onNotice?: (message: string) => void;
}

/** The best weights of a run, under the policy in its folder if it has one. */
export async function runEngine(folder: string, runtime: Runtime, options: EngineOptions): Promise<Engine> {
  const loaded = await loadRun(folder);
  const { run, model, weights } = loaded;
  const about = {
    classes: run.classes,
    preprocessing: run.preprocessing,
    takesBytes: false,
    givesProbabilities: false,
  };
  if (options.early && hasExits(model)) {
    // A policy that does not fit is worth a word, but no reason to give no answer: the end is always right.
    const record = await readExits(loaded).catch((error: unknown) => {
      options.onNotice?.(`${EXITS_FILE} is not used, every image runs to the end: ${messageOf(error)}`);
      return undefined;
    });
    if (record) return { ...about, ...early(record, await stagedProgram(runtime, model, weights)) };
  }
  return { ...about, ...whole(await compile(runtime, classifier(model), { constants: weights, target: 'standard' })) };
}

/** A bundle's model, under its policy if it has one. */
export async function bundleEngine(folder: string, runtime: Runtime, options: EngineOptions): Promise<Engine> {
  const { labels, preprocessing, model, manifest, exits } = await loadBundle(folder);
  const { input, output } = manifest;
  const about = { classes: labels, preprocessing, takesBytes: input.dtype === 'uint8' };
  if (options.early && exits) {
    return { ...about, givesProbabilities: false, ...early(exits.record, await openBundleExits(runtime, exits)) };
  }
  return { ...about, givesProbabilities: output.kind === 'probabilities', ...whole(await runtime.load(model)) };
}

function whole(program: Program): Pick<Engine, 'run' | 'close'> {
  return {
    run: async (image) => {
      const out = await program.run({ [program.inputs[0]!]: image });
      const { data, shape } = out[program.outputs[0]!]!;
      const each = shape[1]!;
      return Array.from({ length: shape[0]! }, (_, i) => {
        return { scores: (data as Float32Array).subarray(i * each, (i + 1) * each) };
      });
    },
    close: () => program.close(),
  };
}

function early(exits: ExitsRecord, program: StagedProgram): Pick<Engine, 'run' | 'close' | 'exits'> {
  return {
    exits,
    run: async (image) => {
      const answers = await program.run(image, exits.policy);
      return answers.map((left) => ({ scores: left.logits, left }));
    },
    close: () => program.close(),
  };
}

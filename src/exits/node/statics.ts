import { resolve } from 'node:path';
import { check } from '../../base/errors.ts';
import type { Tensor } from '../../base/tensor.ts';
import type { Dataset } from '../../feed/node/dataset.ts';
import { evalSource } from '../../feed/node/loader.ts';
import { graphCost } from '../../graph/cost.ts';
import { graph } from '../../graph/graph.ts';
import { type LoadedRun, loadRun } from '../../run/node/run-folder.ts';
import { readSplit } from '../../run/node/split-file.ts';
import type { Run } from '../../run/records.ts';
import { settingsOf } from '../../run/settings.ts';
import { taskOptionsOf } from '../../run/task-options.ts';
import type { Program, Runtime } from '../../runtime/runtime.ts';
import { judgedOutputs } from '../../tasks/task.ts';
import { exitLogits } from '../judge/evaluate.ts';
import { assess } from '../policy/assess.ts';
import { wholeProgram } from '../program/whole.ts';
import type { StaticNetwork } from '../record.ts';
import { labelsIn, someImages } from './run-images.ts';

/** A network to compare with, judged and ready to be timed. */
export interface JudgedStatic {
  readonly network: Omit<StaticNetwork, 'ms'>;
  readonly program: Program;
  readonly images: readonly Tensor[];
}

/**
 * Reads the run folders of networks to compare a run with.
 * @throws YosegiError where one is the run itself, of another task, or has other classes
 */
export async function loadStatics(folders: readonly string[], { folder, run }: LoadedRun): Promise<LoadedRun[]> {
  const loaded: LoadedRun[] = [];
  for (const other of new Set(folders)) {
    check(
      resolve(other) !== resolve(folder),
      () => `${other} is the run itself, and its whole network is measured anyway: compare with another run`,
    );
    const one = await loadRun(other);
    check(
      one.run.task === run.task,
      () =>
        `${other} was trained for ${one.run.task}, ${folder} for ${run.task}: compare with a network of the same task`,
    );
    check(
      one.run.classes.join('\n') === run.classes.join('\n'),
      () =>
        `${other} knows other classes (${one.run.classes.join(', ')}) than ${folder} (${run.classes.join(', ')}): ` +
        'compare with a network that was trained on the same ones',
    );
    loaded.push(one);
  }
  return loaded;
}

/**
 * Judges other networks, each with its own preprocessing, on the images that a run is judged on.
 * @throws YosegiError where one was trained on some of these images
 */
export async function judgeStatics(
  runtime: Runtime,
  statics: readonly LoadedRun[],
  of: LoadedRun,
  dataset: Dataset,
  options: { readonly timed: number; readonly onProgress: (what: string, done: number, of: number) => void },
): Promise<JudgedStatic[]> {
  const split = dataset.items.test.length > 0 ? 'test' : 'val';
  const all: JudgedStatic[] = [];
  for (const one of statics) {
    const { folder, run, model, weights } = one;
    await checkUnseen(one, of, dataset, split);
    const network = graph(judgedOutputs(dataset.task.network(model, taskOptionsOf(run))), model.name);
    const program = await wholeProgram(runtime, network, weights);
    const source = evalSource(dataset, split, { preprocessing: run.preprocessing, batchSize: 32 });
    const [exit] = network.outputs.keys();
    const runAll = async (images: Tensor) => [(await program.run({ [program.inputs[0]!]: images }))[exit!]!];
    const only = { classes: run.classes.length, exits: [exit!], runAll };
    const said = await exitLogits(only, source, labelsIn(dataset), (d, n) =>
      options.onProgress(`evaluating ${run.name}`, d, n),
    );
    await source.close();
    const { macs, parameters } = graphCost(network, { N: 1 });
    const { predicted } = assess(said.logits[0]!, said.classes);
    const accuracy = predicted.filter((p, i) => p === said.labels[i]).length / predicted.length;
    all.push({
      network: { name: run.name, folder, model: run.model, accuracy, macs, parameters },
      program,
      images: await someImages(dataset, 'val', run.preprocessing, options.timed),
    });
  }
  return all;
}

/** @throws YosegiError where a network may have learned some of the images, or sees them otherwise than the run does */
async function checkUnseen(
  { folder, run }: LoadedRun,
  of: LoadedRun,
  dataset: Dataset,
  split: 'test' | 'val',
): Promise<void> {
  check(
    run.preprocessing.background === of.run.preprocessing.background,
    () =>
      `${folder} sees transparent pixels on ${run.preprocessing.background}, ${of.folder} on ` +
      `${of.run.preprocessing.background}: they cannot be compared on the same images. Train it with the same background`,
  );
  // An imported model was not trained here.
  if (run.data === '') return;
  const list = await readSplit(folder, run);
  if (list) {
    // Val images chose both networks' best epochs, so that they are as fair to one as to the other.
    const learned = new Set(
      list.items
        .filter((i) => i.split === 'train' || (split === 'test' && i.split === 'val'))
        .map(({ pixels }) => pixels),
    );
    const seen = dataset.items[split].filter(({ hash }) => learned.has(hash)).length;
    check(
      seen === 0,
      () =>
        `${folder} has learned ${seen} of the ${dataset.items[split].length} ${split} images that it would be judged on. Train it ` +
        'with the same seed and fractions',
    );
    return;
  }
  // A run of an older version. Images that came split are split the same way for everybody.
  if (dataset.origin[split] !== 'drawn') return;
  const drawn = (r: Run) => {
    const { train, valFraction, testFraction } = settingsOf(r.options);
    return { seed: train.seed, ...(split === 'test' ? { testFraction } : { valFraction }) };
  };
  const [theirs, ours] = [drawn(run), drawn(of.run)].map((d) => JSON.stringify(d));
  check(
    theirs === ours,
    () =>
      `the ${split} images are drawn (${ours}), and ${folder} drew others (${theirs}): it may have learned some of these. ` +
      'Train it with the same seed and fractions',
  );
}

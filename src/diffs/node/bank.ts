import { check } from '../../base/errors.ts';
import { f32, i64, type Tensor } from '../../base/tensor.ts';
import { deployGraph } from '../../bundle/deploy.ts';
import type { Preprocessing } from '../../data/preprocess.ts';
import { nameOf } from '../../graph/graph.ts';
import type { Model } from '../../models/model.ts';
import { toOnnx } from '../../onnx/print.ts';
import { encodeModel } from '../../onnx/wire/model.ts';
import type { LoadOptions, Runtime } from '../../runtime/runtime.ts';
import { bankGraph, ROWS, TASK } from '../bank/graph.ts';
import { bankRow, type Member, planBank } from '../bank/plan.ts';
import { type Diff, openApart, readDiff } from './read-diff.ts';

/** One session of a backbone for the tasks of several diffs. */
export interface Bank {
  readonly tasks: readonly { readonly name: string; readonly classes: readonly string[] }[];
  /** How pictures are prepared: the same for all tasks. */
  readonly preprocessing: Preprocessing;
  /** Numbers that one task adds. */
  readonly width: number;
  /**
   * The scores of each picture for the classes of its own task. `tasks` names, from 0, the task of every picture of `images` [N, channels,
   * height, width]: any may stand beside any other, and nothing is loaded when they change.
   */
  run(images: Tensor<'float32'>, tasks: readonly number[]): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** The file of a bank's session, and the rows of its tasks. */
export interface BankFile {
  readonly tasks: Bank['tasks'];
  readonly preprocessing: Preprocessing;
  readonly file: Uint8Array;
  /** Name of the input for pictures. */
  readonly image: string;
  /** Of the largest head. */
  readonly classes: number;
  readonly rows: readonly Float32Array[];
}

/**
 * Puts diffs of one backbone into one session, their adapters and heads as inputs of it.
 * @throws YosegiError where one belongs to another backbone, sees pictures otherwise, or has learned what no running network can be given
 */
export async function openBank(
  base: string,
  folders: readonly string[],
  runtime: Runtime,
  options: LoadOptions = {},
): Promise<Bank> {
  return loadBank(await bankFile(base, folders), runtime, options);
}

/** The same as far as a file. */
export async function bankFile(base: string, folders: readonly string[]): Promise<BankFile> {
  check(folders.length > 0, 'a bank needs diffs: one folder for each task');
  const diffs: Diff[] = [];
  const members: Member[] = [];
  const models: Model[] = [];
  for (const folder of folders) {
    const diff = await readDiff(folder);
    const { run } = diff.record;
    const first = diffs[0]?.record.run ?? run;
    check(run.task === 'classify', () => `${folder} answers the task ${run.task}: a bank takes classifiers alone`);
    const same = (['model', 'overrides', 'preprocessing'] as const).every(
      (part) => JSON.stringify(run[part]) === JSON.stringify(first[part]),
    );
    check(
      same,
      () =>
        `${folder} sees pictures otherwise than ${diffs[0]!.folder}: the tasks of a bank share model, size and scaling of their pictures`,
    );
    const { model, adapted, network, weights } = await openApart(base, diff);
    diffs.push(diff);
    models.push(model);
    check(
      adapted,
      () => `${folder} has nothing learned beside its backbone's layers: a bank takes what 'yosegi adapt' made`,
    );
    members.push({
      name: folder,
      adapted,
      network,
      classes: run.classes.length,
      weights,
    });
  }
  const plan = planBank(members);
  const [{ weights }] = members as [Member];
  // The same backbone in each of them.
  const model = models[0]!;
  const g = bankGraph(model, plan);
  const shipped = deployGraph(model, Object.fromEntries(g.outputs), weights);
  const { run } = diffs[0]!.record;
  return {
    tasks: diffs.map(({ folder, record }) => ({ name: folder, classes: record.run.classes })),
    preprocessing: run.preprocessing,
    file: encodeModel(toOnnx(shipped.graph, { constants: shipped.constants, target: 'standard' })),
    image: nameOf(model.image)!,
    classes: plan.classes,
    rows: members.map((m) => bankRow(plan, m)),
  };
}

/** Loads a bank's session. */
export async function loadBank(
  { tasks, preprocessing, file, image, classes, rows }: BankFile,
  runtime: Runtime,
  options: LoadOptions = {},
): Promise<Bank> {
  const program = await runtime.load(file, options);
  const width = rows[0]!.length;
  const all = f32([rows.length, width]);
  rows.forEach((row, t) => {
    all.data.set(row, t * width);
  });
  return {
    tasks,
    preprocessing,
    width,
    run: async (images, chosen) => {
      const wrong = chosen.find((t) => !(t in tasks));
      check(wrong === undefined, () => `the bank has tasks 0 … ${tasks.length - 1}, not ${wrong}`);
      check(
        images.shape[0] === chosen.length,
        () => `each of ${images.shape[0]} pictures needs a task, got ${chosen.length}`,
      );
      const { logits } = await program.run({ [image]: images, [ROWS]: all, [TASK]: i64([chosen.length], [...chosen]) });
      const scores = logits!.data as Float32Array;
      return chosen.map((t, i) => scores.slice(i * classes, i * classes + tasks[t]!.classes.length));
    },
    close: () => program.close(),
  };
}

import { basename } from 'node:path';
import { check } from '../../base/errors.ts';
import { gatherRows } from '../../base/rows.ts';
import { probabilities as probabilitiesOf } from '../../base/softmax.ts';
import type { Tensor } from '../../base/tensor.ts';
import { readExits } from '../../exits/node/exits-file.ts';
import { NEVER, type Policy, toTheEnd } from '../../exits/policy/policy.ts';
import { cutAtExits, hasExits } from '../../exits/program/cut.ts';
import { type ExitPlan, PLAN, planFiles, planSchema, runPlan } from '../../exits/program/plan.ts';
import type { StagedAnswer, StagedProgram } from '../../exits/program/staged.ts';
import { EXITS_FILE, type ExitsRecord, exitsSchema } from '../../exits/record.ts';
import type { LoadedRun } from '../../run/node/run-folder.ts';
import type { Runtime, Tensors } from '../../runtime/runtime.ts';
import { normalised } from '../deploy.ts';
import { compareOutputs } from '../golden.ts';
import type { Manifest } from '../manifest.ts';
import { BundleError, readListed, readListedJson } from './listed.ts';
import { checkStandard, shippedModel } from './shipped.ts';

/** The network of a bundle in parts, and when images leave. */
export interface BundleExits {
  readonly record: ExitsRecord;
  readonly plan: ExitPlan;
  /** The bytes of the plan's files. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** The files that a run's policy adds to its bundle; none where it has no policy. */
export async function exitFiles(
  loaded: LoadedRun,
  embedded: boolean,
): Promise<(readonly [string, string | Uint8Array])[]> {
  const { model, weights, run } = loaded;
  if (!hasExits(model)) return [];
  const record = await readExits(loaded);
  if (!record) return [];
  const cut = cutAtExits(model, weights, embedded ? { entered: normalised(model, run.preprocessing) } : {});
  const { plan, files } = planFiles(cut, record);
  // Names of pictures and folders of the place where it was trained are nobody's business elsewhere.
  const leavers = record.leavers.map((l) => ({ ...l, examples: [] }));
  const { belongsTo: own } = record;
  const set = own?.set?.kind === 'folder' ? { ...own.set, folder: basename(own.set.folder) } : own?.set;
  const belongsTo = own && { ...own, set: set ?? null };
  return [[EXITS_FILE, json({ ...record, belongsTo, leavers, statics: [] })], [PLAN, json(plan)], ...files];
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** A bundle's exits; undefined where it has none. */
export async function readBundleExits(folder: string, manifest: Manifest): Promise<BundleExits | undefined> {
  const listed = new Set(manifest.files.map((f) => f.path));
  if (!listed.has(EXITS_FILE)) return undefined;
  const record = await readListedJson(folder, manifest, EXITS_FILE, exitsSchema);
  const plan = await readListedJson(folder, manifest, PLAN, planSchema);
  if (plan.stages.map((s) => s.exit).join('\n') !== record.exits.join('\n'))
    throw new BundleError(PLAN, `has the exits ${plan.stages.map((s) => s.exit)}, ${EXITS_FILE} ${record.exits}`);
  if (record.classes.length !== manifest.model.classes)
    throw new BundleError(
      EXITS_FILE,
      `is for ${record.classes.length} classes, the model has ${manifest.model.classes}`,
    );
  const files = new Map<string, Uint8Array>();
  for (const path of [...plan.stages.map((s) => s.file), plan.single]) {
    const bytes = await readListed(folder, manifest, path);
    shippedModel(path, bytes);
    files.set(path, bytes);
  }
  return { record, plan, files };
}

/** The parts of a bundle's network, loaded. */
export function openBundleExits(runtime: Runtime, { record, plan, files }: BundleExits): Promise<StagedProgram> {
  const { macs, classes } = record;
  return runPlan(runtime, plan, { macs, classes: classes.length }, (file) => files.get(file)!);
}

/** That the parts use standard operators only. */
export function checkParts({ files }: BundleExits): void {
  for (const [path, bytes] of files) checkStandard(path, shippedModel(path, bytes));
}

/** So near to a threshold, machines may differ in where an image leaves. */
const NEAR = 1e-3;

/** Whether an image leaves where it does beyond doubt; with rules about classes that is not known. */
function decided({ confidences }: StagedAnswer, { thresholds, always }: Policy): boolean {
  return always.length === 0 && confidences.every((c, k) => Math.abs(c - (thresholds[k] ?? NEVER)) >= NEAR);
}

/**
 * Replays golden inputs through the parts and the one file: run to the end, the parts must give the golden outputs; under the
 * policy, the one file must say what the parts say. Returns the largest difference.
 * @throws YosegiError where an image leaves elsewhere
 */
export async function replayExits(
  runtime: Runtime,
  exits: BundleExits,
  input: string,
  x: Tensor,
  outputs: Tensors,
): Promise<number> {
  // Exits give logits; a bundle of a network with exits has one output.
  const [name, expected] = Object.entries(outputs)[0]!;
  const probabilities = name === 'probabilities';
  const { record, plan, files } = exits;
  const { policy } = record;
  const staged = await openBundleExits(runtime, exits);
  const single = await runtime.load(files.get(plan.single)!);
  try {
    const all = await staged.run(x, toTheEnd(record.exits.length));
    const data = all.flatMap((a) => [...(probabilities ? probabilitiesOf(a.logits) : a.logits)]);
    const got: Tensor = { dtype: 'float32', shape: expected.shape, data: Float32Array.from(data) };
    let { worst } = compareOutputs(expected, got);
    for (const [i, answer] of (await staged.run(x, policy)).entries()) {
      const out = await single.run({ [input]: gatherRows(x, [i]) });
      if (!decided(answer, policy)) continue;
      check(
        Number(out.exit!.data[0]) === answer.exit,
        () =>
          `golden input ${i} leaves at ${record.exits[answer.exit]}, in ${plan.single} at exit ${out.exit!.data[0]}`,
      );
      const logits: Tensor = { dtype: 'float32', shape: [1, answer.logits.length], data: answer.logits };
      worst = Math.max(worst, compareOutputs(logits, out.logits!).worst);
    }
    return worst;
  } finally {
    await staged.close();
    await single.close();
  }
}

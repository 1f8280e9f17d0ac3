import { basename, resolve } from 'node:path';
import { check } from '../../base/errors.ts';
import { yosegiVersion } from '../../base/node/version.ts';
import { sameBytes } from '../../base/tensor.ts';
import { hasExits } from '../../exits/program/cut.ts';
import { graphCost } from '../../graph/cost.ts';
import { type Merged, mergeGraphs } from '../../graph/merge.ts';
import { toOnnx } from '../../onnx/print.ts';
import { encodeModel } from '../../onnx/wire/model.ts';
import { loadRun } from '../../run/node/run-folder.ts';
import { openRuntime } from '../../runtime/node/open.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import { encodeSafetensors } from '../../weights/safetensors.ts';
import { deployGraph } from '../deploy.ts';
import { compareAll, toleranceFor } from '../golden.ts';
import type { Manifest } from '../manifest.ts';
import { memberNames } from '../member-names.ts';
import { bundleReadme } from '../readme.ts';
import { goldenInput, goldenPictures, pictureFiles } from './golden.ts';
import { joinedCode } from './joined/code.ts';
import { type Member, memberOf } from './joined/member.ts';
import { checkShared, type MemberShare, shareOf } from './joined/shares.ts';
import { joinedWeights } from './joined/weights.ts';
import { deployedModel, type Form, inputOf, shippedOutputs, trainedOutputs } from './models.ts';
import { ofMember, ordered } from './ordered.ts';
import { checkSameInput } from './same-input.ts';
import { type Description, type Files, json, oneTensor, writeBundle } from './write.ts';

export interface JoinOptions extends Form {
  /** Run folders, in the order in which their answers are given. */
  readonly runs: readonly string[];
  /** Where the bundle goes. */
  readonly out: string;
  /** Replaces a bundle that is there already. */
  readonly force?: boolean;
  /** Whether golden inputs may be pictures of the data sets (default), or drawn patterns only. */
  readonly pictures?: boolean;
  /** Default: the fastest one that works here. */
  readonly runtime?: Runtime;
}

export interface Joined {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly members: readonly MemberShare[];
  /** Multiply-adds for one image: of the joined graph, and of its members one after another. */
  readonly macs: { readonly joined: number; readonly apart: number };
  /** Largest difference between the joined model and the trained ones on the golden inputs. */
  readonly difference: number;
  /** Whether each output had the very bits of its run's own export on the golden inputs. */
  readonly exact: boolean;
  readonly warnings: readonly string[];
}

/**
 * Makes one bundle of runs that were trained on the same frozen backbone: what they have in common, by the bytes of the weights, is
 * computed once. Before anything is put in place, the golden inputs go through the joined model, through each run's own export, and
 * through each model as it was trained; they must agree.
 * @throws YosegiError where the runs take different inputs, or have nothing in common
 */
export async function joinRuns(options: JoinOptions): Promise<Joined> {
  check(
    options.runs.length >= 2,
    () => `joining takes at least two runs, got ${options.runs.length}: 'yosegi export' ships one`,
  );
  const names = memberNames(options.runs.map((run) => resolve(run)));
  const members: Member[] = [];
  for (const [i, run] of options.runs.entries()) members.push(memberOf(names[i]!, await loadRun(run), options));
  checkSameInput(members);
  const merged = merge(members);
  const shares = members.map((m) => shareOf(m, merged));
  checkShared(shares, members);
  const runtime = options.runtime ?? (await openRuntime());
  try {
    const made = await makeFiles(members, merged, options, runtime);
    const manifest = await writeBundle(options.out, options.force ?? false, made.description, made.files);
    const apart = shares.reduce((sum, { macs }) => sum + macs, 0);
    const { difference, exact, warnings } = made;
    const macs = { joined: manifest.model.macs, apart };
    return { folder: options.out, manifest, members: shares, macs, difference, exact, warnings };
  } finally {
    if (!options.runtime) await runtime.close();
  }
}

/** The members' shipped graphs as one. */
function merge(members: readonly Member[]): Merged {
  const parts = members.map(({ name, loaded, form, values }) => {
    const embed = form.embedPreprocessing ? loaded.run.preprocessing : undefined;
    return { name, ...deployGraph(loaded.model, values, loaded.weights, { embed }) };
  });
  return mergeGraphs(parts, 'joined');
}

async function makeFiles(members: readonly Member[], merged: Merged, options: JoinOptions, runtime: Runtime) {
  const first = members[0]!.loaded;
  const { model, run } = first;
  const embedded = options.embedPreprocessing ?? false;
  const input = inputOf(model, embedded);
  const golden = await picturesOf(members, options, embedded);
  const inputs = goldenInput(golden.pictures, run.preprocessing, embedded);
  const metadata = { model: modelsOf(members), name: basename(options.out) };
  const onnx = encodeModel(toOnnx(merged.graph, { constants: merged.constants, target: 'standard', metadata }));
  const outputs = await shippedOutputs(runtime, onnx, { [input.name]: inputs });
  const tolerance = toleranceFor(outputs);
  let [difference, exact] = [0, true];
  for (const { name, loaded, form } of members) {
    const joined = ofMember(outputs, name);
    const own = await shippedOutputs(runtime, deployedModel(loaded, form), { [input.name]: inputs });
    exact &&= Object.entries(own).every(([output, t]) => sameBytes(t, joined[output]!));
    const trained = await trainedOutputs(runtime, loaded, golden.pictures, form);
    const { worst } = compareAll(trained, ordered({ task: loaded.run.task }, trained, joined));
    check(
      worst <= tolerance,
      () =>
        `${name} in the joined model and as it was trained differ by ${worst} on the golden inputs (${tolerance} would do). ` +
        'Please report this, with the runs’ run.json',
    );
    difference = Math.max(difference, worst);
  }
  const weights = joinedWeights(members);
  const description: Description = {
    format: 2,
    kind: 'yosegi-bundle',
    task: 'join',
    name: basename(resolve(options.out)),
    created: new Date().toISOString(),
    yosegi: await yosegiVersion(),
    model: {
      name: modelsOf(members),
      overrides: run.overrides,
      size: [model.size[0], model.size[1]],
      channels: model.channels,
      classes: 0,
      parameters: weights.parameters,
      macs: graphCost(merged.graph, { N: 1 }).macs,
    },
    input,
    outputs: members.flatMap(describedOutputs),
    members: members.map(({ name, loaded, values }) => ({
      name,
      task: loaded.run.task,
      labels: [...loaded.run.classes],
      outputs: Object.keys(values),
    })),
    golden: {
      images: golden.pictures.length,
      source: golden.source,
      tolerance,
      runtime: `${runtime.name} ${runtime.version}`,
    },
  };
  const files: Files = [
    ['model.onnx', onnx],
    ['weights.safetensors', encodeSafetensors(weights.tensors, { format: 'pt', model: modelsOf(members) })],
    ['labels.json', json([])],
    ['preprocessing.json', json(run.preprocessing)],
    ['golden/inputs.safetensors', oneTensor(input.name, inputs)],
    ['golden/outputs.safetensors', encodeSafetensors(Object.entries(outputs))],
    ...(await pictureFiles(golden.pictures)),
    ['README.md', bundleReadme(description, run.preprocessing, joinedCode(members))],
  ];
  const early = members.filter(({ loaded }) => hasExits(loaded.model)).map(({ name }) => name);
  const warnings = [
    ...(golden.warning ? [golden.warning] : []),
    ...early.map((name) => `${name} has exits: joined with others, every picture runs to its end`),
  ];
  return { files, description, difference, exact, warnings };
}

const modelsOf = (members: readonly Member[]) =>
  [...new Set(members.map(({ loaded }) => loaded.run.model))].join(' + ');

/** Pictures of the first run whose data is still there. */
async function picturesOf(members: readonly Member[], options: JoinOptions, embedded: boolean) {
  const { model } = members[0]!.loaded;
  const bytesEach = model.channels * model.size[0] * model.size[1] * (embedded ? 1 : 4);
  const tries = [];
  for (const { loaded } of members) {
    const some = await goldenPictures(loaded, taskNamed(loaded.run.task), bytesEach, options.pictures !== false);
    if (some.source === 'pictures' || options.pictures === false) return some;
    tries.push(some);
  }
  return tries[0]!;
}

function describedOutputs({ name, loaded, values }: Member): Manifest['outputs'] {
  const { about } = taskNamed(loaded.run.task).ship;
  return Object.keys(values).map((output) => ({
    name: `${name}/${output}`,
    about: (about[output] ?? '')
      .replaceAll('classes', String(loaded.run.classes.length))
      .replaceAll('labels.json', `the labels of ${name} in manifest.json`),
  }));
}

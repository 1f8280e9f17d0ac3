import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { check, messageOf, YosegiError } from '../../base/errors.ts';
import { atomicWrite } from '../../base/node/atomic.ts';
import { sha256 } from '../../base/node/sha256.ts';
import { isFileAt } from '../../base/node/there.ts';
import type { Tensor } from '../../base/tensor.ts';
import type { Preprocessing } from '../../data/preprocess.ts';
import { fixed } from '../../graph/dim.ts';
import { graph, nameOf } from '../../graph/graph.ts';
import type { Model } from '../../models/model.ts';
import { ownNetwork } from '../../models/network.ts';
import { createModel } from '../../models/registry.ts';
import { toOnnx } from '../../onnx/print.ts';
import { encodeModel } from '../../onnx/wire/model.ts';
import type { Program, Runtime } from '../../runtime/runtime.ts';
import type { Says, Taught } from '../../tasks/taught.ts';
import { preprocessingFromConfig } from '../../weights/config.ts';
import { fitWeights } from '../../weights/fit.ts';
import { resolveWeights } from '../../weights/node/resolve.ts';
import type { Run } from '../records.ts';
import { isModelFolder } from './open-model.ts';
import { loadRun } from './run-folder.ts';
import { TEACHER_FILE } from './teacher-file.ts';
import type { TrainRunOptions } from './train-run.ts';

/** A network that another one learns from: a file that gives what is asked of it, and the shapes of that. */
export interface Teacher {
  /** As it was called. */
  readonly from: string;
  readonly file: Uint8Array;
  readonly says: Says;
}

type Sight = Pick<Preprocessing, 'size' | 'mean' | 'std' | 'interpolation'>;

/**
 * Opens the teacher that the options of a training name, and says how the student must see pictures for both to see the same.
 * @throws YosegiError where it cannot teach, or sees pictures otherwise than was asked for
 */
export async function withTeacher(
  taught: Taught,
  options: TrainRunOptions,
): Promise<{ readonly options: TrainRunOptions; readonly teacher: Teacher }> {
  const from = taught.teacher(options.taskOptions ?? {});
  const { model, weights, sees } = await opened(from, taught, options);
  const { mean, std } = options.preprocessing ?? {};
  check(
    [mean ?? sees.mean, std ?? sees.std].join() === [sees.mean, sees.std].join(),
    () =>
      `${from} sees pictures with mean ${sees.mean.join(', ')} and deviation ${sees.std.join(', ')}: leave out --norm`,
  );
  const known = Object.entries(taught.asks(model)).filter(([, value]) =>
    graph({ value }).params.every((p) => weights.has(nameOf(p)!)),
  );
  check(known.length > 0, () => `${from} has nothing trained that could be learnt from`);
  const { size, interpolation } = sees;
  return {
    options: {
      ...options,
      size,
      preprocessing: { mean: sees.mean, std: sees.std, interpolation, ...options.preprocessing },
    },
    teacher: {
      from,
      file: encodeModel(
        toOnnx(graph(Object.fromEntries(known), model.name), { constants: weights, target: 'standard' }),
      ),
      says: Object.fromEntries(
        known.map(([name, { type }]) => [name, type.shape.slice(1).map((d) => fixed(d, `the size of '${name}'`))]),
      ),
    },
  };
}

interface Opened {
  readonly model: Model;
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
  readonly sees: Sight;
}

async function opened(from: string, taught: Taught, { size, ...options }: TrainRunOptions): Promise<Opened> {
  if ((await isModelFolder(from)) || (await isFileAt(join(from, 'run.json')))) {
    const { model, weights, run } = await loadRun(from);
    const asked = typeof size === 'number' ? [size, size] : (size ?? model.size);
    check(
      asked.join() === model.size.join(),
      () => `${from} looks at pictures of ${model.size.join('×')}, not ${asked.join('×')}: leave out --size`,
    );
    return { model, weights, sees: run.preprocessing };
  }
  const { cache, offline, hooks } = options;
  const { tensors, config } = await resolveWeights(from, {
    ...(cache !== undefined && { cache }),
    ...(offline !== undefined && { offline }),
    onNotice: hooks?.onNotice,
    onProgress: ({ bytes, total }) => hooks?.onDownload?.(bytes, total),
  });
  check(config, () => `${from} says not which network it is for: a teacher needs a config.json beside its weights`);
  const sees = preprocessingFromConfig(config, { size: size ?? taught.size });
  const model = createModel(config.architecture, { size: sees.size, classes: Math.max(1, config.classes) });
  return { model, weights: fitWeights(ownNetwork(model), tensors).weights, sees };
}

/** Keeps a teacher in a run's folder. */
export async function keepTeacher(out: string, { file }: Teacher): Promise<void> {
  const path = join(out, ...TEACHER_FILE);
  await mkdir(dirname(path), { recursive: true });
  await atomicWrite(path, file);
}

/**
 * Loads the teacher that a run has kept: `image` [N, channels, height, width] in, what it says out.
 * @throws YosegiError where its file is gone or another one
 */
export async function openTeacher(
  out: string,
  { teacher }: Run,
  runtime: Runtime,
  threads: number | undefined,
): Promise<Program> {
  const path = join(out, ...TEACHER_FILE);
  check(teacher, () => `${out} is no run that learns from another network`);
  const file = await readFile(path).catch((cause) => {
    throw new YosegiError(`the teacher that this run learns from cannot be read (${path}): ${messageOf(cause)}`, {
      cause,
    });
  });
  check(
    sha256(file) === teacher.sha256,
    () => `${path} is not the teacher that this run began with: begin again (--force)`,
  );
  return runtime.load(new Uint8Array(file), { idle: 'sleep', ...(threads !== undefined && { threads }) });
}

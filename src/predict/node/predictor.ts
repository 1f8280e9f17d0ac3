import pMap from 'p-map';
import { z } from 'zod';
import { check, messageOf, YosegiError } from '../../base/errors.ts';
import { recoverFolder } from '../../base/node/leftovers.ts';
import { concatRows, gatherRows } from '../../base/rows.ts';
import type { Tensor } from '../../base/tensor.ts';
import type { Image } from '../../data/image.ts';
import { usePicture } from '../../data/node/decode.ts';
import { normalised, type Preprocessing } from '../../data/preprocess.ts';
import { viewsIn } from '../../data/views.ts';
import { openDiff, readDiff } from '../../diffs/node/read-diff.ts';
import { type DriftReport, ExitMonitor } from '../../exits/policy/monitor.ts';
import type { StagedAnswer } from '../../exits/program/staged.ts';
import type { ExitsRecord } from '../../exits/record.ts';
import { type Device, openRuntime } from '../../runtime/node/open.ts';
import type { Runtime, Tensors } from '../../runtime/runtime.ts';
import type { Answers } from '../../tasks/node/task.ts';
import { bundleEngine, type Engine, loadedEngine, type Ran, runEngine } from './engine.ts';
import { isBundle } from './is-bundle.ts';

/** Where an image left a network with exits. */
export interface LeftAt {
  /** The exit's name. */
  readonly exit: string;
  /** How sure each exit was that the image came to, in order; the last is the one where it left. */
  readonly passed: readonly { readonly exit: string; readonly confidence: number }[];
}

/** What is said of one image: the task's answer, and where the image left, if it may leave early. */
export interface Explained<A = unknown> {
  readonly answer: A;
  readonly left?: LeftAt;
}

/** Why there is no answer. */
interface NoAnswer {
  readonly error: string;
}

const brokenAdvice = 'its weights or its preprocessing are broken; train it again, or verify the bundle';

/** One file's answer, or why there is none. */
export type Prediction<A = unknown> = { readonly file: string } & (Explained<A> | NoAnswer);

/** A trained model, ready for images. */
export interface Predictor {
  /** What the answers are; of joined runs `{ answers: { <member>: … } }`. */
  readonly task: Answers;
  readonly classes: readonly string[];
  readonly preprocessing: Preprocessing;
  /** Names of the exits where images may leave, under the policy of the run or bundle; none without a policy. */
  readonly exits: readonly string[];
  /** The task's answer for each image. Throws where the model answers what is no number. */
  predict(images: readonly Image[]): Promise<unknown[]>;
  /** The same, and where each image left. */
  explain(images: readonly Image[]): Promise<Explained[]>;
  /**
   * Decodes files and answers, a batch at a time; a file that cannot be read gives its reason. Takes the next names only when
   * the answers before them have been taken: however many there are, memory holds one batch.
   */
  predictFiles(files: Iterable<string> | AsyncIterable<string>, batch?: number): AsyncGenerator<Prediction>;
  /** Whether images still leave as they did at calibration; undefined without a policy. */
  drift(): DriftReport | undefined;
  close(): Promise<void>;
}

export interface PredictorOptions {
  readonly device?: Device;
  readonly threads?: number;
  /** Whether images may leave early where the run or bundle has a policy (default). */
  readonly early?: boolean;
  /** A folder that `yosegi adapt` wrote: what is opened is the backbone that it belongs to. */
  readonly diff?: string;
  /** Options of the task's answers, such as a threshold. */
  readonly answering?: Readonly<Record<string, unknown>>;
  readonly onNotice?: (message: string) => void;
}

/** Opens a run folder, a bundle, or a backbone with a diff. */
export async function openPredictor(folder: string, options: PredictorOptions = {}): Promise<Predictor> {
  await recoverFolder(folder);
  const bundled = await isBundle(folder);
  const { early = true, onNotice } = options;
  const runtime = await openRuntime({ ...options, worker: true });
  try {
    const how = { early, onNotice };
    const engine =
      options.diff === undefined
        ? await (bundled ? bundleEngine : runEngine)(folder, runtime, how)
        : await loadedEngine(await openDiff(folder, await readDiff(options.diff)), runtime, how);
    return predictor(engine, runtime, checkedAnswering(engine.task, options.answering ?? {}));
  } catch (error) {
    await runtime.close();
    throw error;
  }
}

function predictor(engine: Engine, runtime: Runtime, answering: Readonly<Record<string, unknown>>): Predictor {
  const { task, classes, preprocessing: p } = engine;
  const monitor = engine.exits && new ExitMonitor(engine.exits.distribution);
  /** An answer for each image, or why it is none. */
  const judge = async (pictures: readonly Seen[]): Promise<(Explained | NoAnswer)[]> => {
    const { outputs, left } = await run(
      engine,
      pictures.flatMap((views) => views.map(({ image }) => image)),
    );
    let row = 0;
    return pictures.map((views): Explained | NoAnswer => {
      const first = row;
      row += views.length;
      const own = rowsOf(outputs, first, views.length);
      const broken = Object.values(own).flatMap(({ data }) => brokenValue(data) ?? [])[0];
      if (broken !== undefined) return { error: `the model answers ${broken}, no number: ${brokenAdvice}` };
      const at = left?.[first];
      if (at) monitor?.add(at);
      const placements = views.map(({ placement }) => placement);
      const answer = task.answerOf(own, { classes, placements, options: answering });
      return { answer, ...(at && engine.exits && { left: leftAt(at, engine.exits) }) };
    });
  };
  const explain = async (images: readonly Image[]) =>
    (await judge(images.map((image) => viewsIn(image, p)))).map((a, i) => {
      if ('error' in a) throw new YosegiError(`image ${i} of ${images.length}: ${a.error}`);
      return a;
    });
  return {
    task,
    classes,
    preprocessing: p,
    exits: engine.exits?.exits ?? [],
    predict: async (images) => (await explain(images)).map(({ answer }) => answer),
    explain,
    async *predictFiles(files, batch = 16) {
      // Tiles of one picture fill a batch; those of several would fill the memory.
      for await (const some of portions(files, p.tiles ? 1 : batch)) yield* await answered(some, p, judge);
    },
    drift: () => monitor?.report(),
    close: async () => {
      await engine.close();
      await runtime.close();
    },
  };
}

/** @throws YosegiError that names what is wrong, or what the task does not know */
function checkedAnswering(
  { name, answering = z.strictObject({}) }: Answers,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const parsed = answering.safeParse(given);
  check(parsed.success, () => `options of an answer of ${name}: ${z.prettifyError(parsed.error!)}`);
  return parsed.data;
}

/** `items` in lists of `size`, the last one shorter. */
async function* portions<T>(items: Iterable<T> | AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let some: T[] = [];
  for await (const item of items) {
    some.push(item);
    if (some.length < size) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}

/** A picture's views, at the input's size. */
type Seen = ReturnType<typeof viewsIn>;

/** Most views that run at once: what is cut into many tiles runs in portions. */
const MOST_VIEWS = 32;

/** What the engine gives for these views, [N, …] each. */
async function run(engine: Engine, views: readonly Image[]): Promise<Ran> {
  const { preprocessing: p, takesBytes } = engine;
  const parts: Ran[] = [];
  for (let i = 0; i < views.length; i += MOST_VIEWS) {
    const some = views.slice(i, i + MOST_VIEWS);
    parts.push(await engine.run(takesBytes ? bytes(some, p) : normalised(some, p)));
  }
  const [first, ...others] = parts;
  if (!first || others.length === 0) return first ?? { outputs: {} };
  const outputs = Object.fromEntries(
    Object.keys(first.outputs).map((name) => [name, concatRows(parts.map(({ outputs: o }) => o[name]!))] as const),
  );
  return { outputs, ...(first.left && { left: parts.flatMap(({ left = [] }) => left) }) };
}

/** Rows `from` … of every output [N, …], as a batch of `count`. */
function rowsOf(outputs: Tensors, from: number, count: number): Record<string, Tensor> {
  const indices = Array.from({ length: count }, (_, k) => from + k);
  const rows = Object.entries(outputs).map(([name, t]) => [name, gatherRows(t, indices)] as const);
  return Object.fromEntries(rows);
}

function brokenValue(data: Tensor['data']): number | undefined {
  return data instanceof Float32Array ? data.find((v) => !Number.isFinite(v)) : undefined;
}

/** How many pictures are decoded side by side; each is let go of as soon as it is cut to the input's size. */
const DECODING = 4;

async function answered(
  files: readonly string[],
  p: Preprocessing,
  judge: (pictures: readonly Seen[]) => Promise<(Explained | NoAnswer)[]>,
): Promise<Prediction[]> {
  const decoded: ({ file: string } & ({ fitted: Seen } | { error: string }))[] = await pMap(
    files,
    async (file) => {
      try {
        return { file, fitted: await usePicture(file, { background: p.background }, ({ image }) => viewsIn(image, p)) };
      } catch (error) {
        return { file, error: messageOf(error) };
      }
    },
    { concurrency: DECODING },
  );
  const good = decoded.flatMap((d) => ('fitted' in d ? [d.fitted] : []));
  const answers = good.length > 0 ? await judge(good) : [];
  return decoded.map((d) => ('fitted' in d ? { file: d.file, ...answers.shift()! } : d));
}

/** Pictures at the input's size as bytes [N, height, width, 3]. */
function bytes(fitted: readonly Image[], { size: [height, width] }: Preprocessing): Tensor<'uint8'> {
  const data = new Uint8Array(fitted.length * height * width * 3);
  fitted.forEach((image, i) => {
    data.set(image.data, i * height * width * 3);
  });
  return { dtype: 'uint8', shape: [fitted.length, height, width, 3], data };
}

function leftAt(left: StagedAnswer, { exits }: ExitsRecord): LeftAt {
  const passed = left.confidences.map((confidence, k) => ({ exit: exits[k]!, confidence }));
  return { exit: exits[left.exit]!, passed };
}

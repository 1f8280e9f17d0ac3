import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { check, messageOf } from '../../base/errors.ts';
import { softmax } from '../../base/softmax.ts';
import type { Tensor } from '../../base/tensor.ts';
import { MANIFEST } from '../../bundle/manifest.ts';
import type { Image } from '../../data/image.ts';
import { decodeImage } from '../../data/node/decode.ts';
import { fit, type Preprocessing, preprocess } from '../../data/preprocess.ts';
import { type DriftReport, ExitMonitor } from '../../exits/monitor.ts';
import { type Device, openRuntime } from '../../runtime/node/open.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { bundleEngine, type Engine, runEngine, type Scored } from './engine.ts';

/** A class and how sure the model is of it, 0 … 1. */
export interface Ranked {
  readonly label: string;
  readonly confidence: number;
}

/** Where an image left a network with exits. */
export interface LeftAt {
  /** The exit's name. */
  readonly exit: string;
  /** How sure each exit was that the image came to, in order; the last is the one where it left. */
  readonly passed: readonly { readonly exit: string; readonly confidence: number }[];
}

export interface Answer {
  /** Classes, most probable first. */
  readonly ranked: readonly Ranked[];
  /** Only where images may leave early. */
  readonly left?: LeftAt;
}

/** One file's answer: its classes, most probable first, or why there is none. */
export type Prediction = { readonly file: string } & (Answer | { readonly error: string });

/** A trained classifier, ready for images. */
export interface Predictor {
  readonly classes: readonly string[];
  readonly preprocessing: Preprocessing;
  /** Names of the exits where images may leave, under the policy of the run or bundle; none without a policy. */
  readonly exits: readonly string[];
  /** Probabilities of all classes for each image, most probable first. */
  predict(images: readonly Image[]): Promise<Ranked[][]>;
  /** The same, and where each image left. */
  explain(images: readonly Image[]): Promise<Answer[]>;
  /** Decodes and classifies files, a batch at a time; a file that cannot be read gives its reason. */
  predictFiles(files: readonly string[], batch?: number): AsyncGenerator<Prediction>;
  /** Whether images still leave as they did at calibration; undefined without a policy. */
  drift(): DriftReport | undefined;
  close(): Promise<void>;
}

export interface PredictorOptions {
  readonly device?: Device;
  readonly threads?: number;
  /** Whether images may leave early where the run or bundle has a policy (default). */
  readonly early?: boolean;
  readonly onNotice?: (message: string) => void;
}

/** Opens a run folder or a bundle. */
export async function openPredictor(folder: string, options: PredictorOptions = {}): Promise<Predictor> {
  const isBundle = await stat(join(folder, MANIFEST)).then(
    () => true,
    () => false,
  );
  const { early = true, onNotice } = options;
  const runtime = await openRuntime({ ...options, worker: true });
  try {
    const engine = await (isBundle ? bundleEngine : runEngine)(folder, runtime, { early, onNotice });
    return predictor(engine, runtime);
  } catch (error) {
    await runtime.close();
    throw error;
  }
}

function predictor(engine: Engine, runtime: Runtime): Predictor {
  const { classes, preprocessing: p } = engine;
  const monitor = engine.exits && new ExitMonitor(engine.exits.distribution);
  const explain = async (images: readonly Image[]) => {
    const scored = await engine.run(engine.takesBytes ? bytes(images, p) : preprocess(images, p));
    for (const { left } of scored) if (left) monitor?.add(left);
    return scored.map((s) => answerOf(s, engine));
  };
  return {
    classes,
    preprocessing: p,
    exits: engine.exits?.exits ?? [],
    predict: async (images) => (await explain(images)).map((a) => [...a.ranked]),
    explain,
    async *predictFiles(files, batch = 16) {
      for (let i = 0; i < files.length; i += batch) yield* await classify(files.slice(i, i + batch), p, explain);
    },
    drift: () => monitor?.report(),
    close: async () => {
      await engine.close();
      await runtime.close();
    },
  };
}

async function classify(
  files: readonly string[],
  p: Preprocessing,
  explain: (images: readonly Image[]) => Promise<Answer[]>,
): Promise<Prediction[]> {
  const decoded = await Promise.all(
    files.map((file) =>
      readFile(file)
        .then((content) => decodeImage(content, { background: p.background }))
        .then(
          (image) => ({ file, image }),
          (error: unknown) => ({ file, error: messageOf(error) }),
        ),
    ),
  );
  const good = decoded.flatMap((d) => ('image' in d ? [d.image] : []));
  const answers = good.length > 0 ? await explain(good) : [];
  return decoded.map((d) => ('image' in d ? { file: d.file, ...answers.shift()! } : d));
}

function bytes(images: readonly Image[], p: Preprocessing): Tensor<'uint8'> {
  const [height, width] = p.size;
  const data = new Uint8Array(images.length * height * width * 3);
  images.forEach((image, i) => {
    data.set(fit(image, p).data, i * height * width * 3);
  });
  return { dtype: 'uint8', shape: [images.length, height, width, 3], data };
}

function answerOf({ scores, left }: Scored, { classes, givesProbabilities, exits }: Engine): Answer {
  const all = ranked(scores, classes, givesProbabilities);
  if (!left || !exits) return { ranked: all };
  const passed = left.confidences.map((confidence, k) => ({ exit: exits.exits[k]!, confidence }));
  return { ranked: all, left: { exit: exits.exits[left.exit]!, passed } };
}

function ranked(scores: Float32Array, classes: readonly string[], areProbabilities: boolean): Ranked[] {
  check(
    scores.length === classes.length,
    () => `the model gives ${scores.length} scores, there are ${classes.length} labels`,
  );
  const row = areProbabilities ? undefined : softmax(scores);
  return classes
    .map((label, i) => ({ label, confidence: row ? row.probability(i) : scores[i]! }))
    .sort((a, b) => b.confidence - a.confidence);
}

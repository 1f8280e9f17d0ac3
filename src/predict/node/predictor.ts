import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { check, messageOf } from '../../base/errors.ts';
import type { Tensor } from '../../base/tensor.ts';
import { MANIFEST } from '../../bundle/manifest.ts';
import { loadBundle } from '../../bundle/node/read.ts';
import type { Image } from '../../data/image.ts';
import { decodeImage } from '../../data/node/decode.ts';
import { fit, type Preprocessing, preprocess } from '../../data/preprocess.ts';
import { classifier } from '../../models/model.ts';
import { type Device, openRuntime } from '../../runtime/node/open.ts';
import { compile, type Program, type Runtime } from '../../runtime/runtime.ts';
import { loadRun } from '../../train/node/run-folder.ts';

/** A class and how sure the model is of it, 0 … 1. */
export interface Ranked {
  readonly label: string;
  readonly confidence: number;
}

/** One file's answer: its classes, most probable first, or why there is none. */
export type Prediction = { readonly file: string } & (
  | { readonly ranked: readonly Ranked[] }
  | { readonly error: string }
);

/** A trained classifier, ready for images. */
export interface Predictor {
  readonly classes: readonly string[];
  readonly preprocessing: Preprocessing;
  /** Probabilities of all classes for each image, most probable first. */
  predict(images: readonly Image[]): Promise<Ranked[][]>;
  /** Decodes and classifies files, a batch at a time; a file that cannot be read gives its reason. */
  predictFiles(files: readonly string[], batch?: number): AsyncGenerator<Prediction>;
  close(): Promise<void>;
}

export interface PredictorOptions {
  readonly device?: Device;
  readonly threads?: number;
  readonly onNotice?: (message: string) => void;
}

/** Opens a run folder or a bundle. */
export async function openPredictor(folder: string, options: PredictorOptions = {}): Promise<Predictor> {
  const isBundle = await stat(join(folder, MANIFEST)).then(
    () => true,
    () => false,
  );
  const runtime = await openRuntime({ ...options, worker: true });
  try {
    const parts = await (isBundle ? fromBundle(folder, runtime) : fromRun(folder, runtime));
    return predictor(parts, runtime);
  } catch (error) {
    await runtime.close();
    throw error;
  }
}

interface Parts {
  readonly classes: readonly string[];
  readonly preprocessing: Preprocessing;
  readonly program: Program;
  /** Whether normalisation is inside the graph: it then takes bytes [N, H, W, 3]. */
  readonly takesBytes: boolean;
  readonly givesProbabilities: boolean;
}

async function fromRun(folder: string, runtime: Runtime): Promise<Parts> {
  const { run, model, weights } = await loadRun(folder);
  const program = await compile(runtime, classifier(model), { constants: weights, target: 'standard' });
  return {
    classes: run.classes,
    preprocessing: run.preprocessing,
    program,
    takesBytes: false,
    givesProbabilities: false,
  };
}

async function fromBundle(folder: string, runtime: Runtime): Promise<Parts> {
  const { labels, preprocessing, model, manifest } = await loadBundle(folder);
  const program = await runtime.load(model);
  const { input, output } = manifest;
  return {
    classes: labels,
    preprocessing,
    program,
    takesBytes: input.dtype === 'uint8',
    givesProbabilities: output.name === 'probabilities',
  };
}

function predictor(
  { classes, preprocessing: p, program, takesBytes, givesProbabilities }: Parts,
  runtime: Runtime,
): Predictor {
  const predict = async (images: readonly Image[]) => {
    const image = takesBytes ? bytes(images, p) : preprocess(images, p);
    const out = await program.run({ image });
    const scores = out[program.outputs[0]!]!.data as Float32Array;
    return images.map((_, i) =>
      ranked(scores.subarray(i * classes.length, (i + 1) * classes.length), classes, givesProbabilities),
    );
  };
  return {
    classes,
    preprocessing: p,
    predict,
    async *predictFiles(files, batch = 16) {
      for (let i = 0; i < files.length; i += batch) yield* await classify(files.slice(i, i + batch), p, predict);
    },
    close: async () => {
      await program.close();
      await runtime.close();
    },
  };
}

async function classify(
  files: readonly string[],
  p: Preprocessing,
  predict: (images: readonly Image[]) => Promise<Ranked[][]>,
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
  const answers = good.length > 0 ? await predict(good) : [];
  return decoded.map((d) => ('image' in d ? { file: d.file, ranked: answers.shift()! } : d));
}

function bytes(images: readonly Image[], p: Preprocessing): Tensor<'uint8'> {
  const [height, width] = p.size;
  const data = new Uint8Array(images.length * height * width * 3);
  images.forEach((image, i) => {
    data.set(fit(image, p).data, i * height * width * 3);
  });
  return { dtype: 'uint8', shape: [images.length, height, width, 3], data };
}

function ranked(scores: Float32Array, classes: readonly string[], areProbabilities: boolean): Ranked[] {
  check(
    scores.length === classes.length,
    () => `the model gives ${scores.length} scores, there are ${classes.length} labels`,
  );
  const top = Math.max(...scores);
  const weights = areProbabilities ? Array.from(scores) : Array.from(scores, (s) => Math.exp(s - top));
  const sum = areProbabilities ? 1 : weights.reduce((a, b) => a + b, 0);
  return classes
    .map((label, i) => ({ label, confidence: weights[i]! / sum }))
    .sort((a, b) => b.confidence - a.confidence);
}

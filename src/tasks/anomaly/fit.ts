import { check, YosegiError } from '../../base/errors.ts';
import { permutation, random } from '../../base/random.ts';
import { f32, type Tensor } from '../../base/tensor.ts';
import { reduceMax } from '../../graph/build.ts';
import { graph } from '../../graph/graph.ts';
import { input, type Value } from '../../graph/value.ts';
import type { Model } from '../../models/model.ts';
import { compile, type Program, type Runtime } from '../../runtime/runtime.ts';
import type { Batch, BatchSource } from '../batch.ts';
import { coreset } from './coreset.ts';
import { GaussianSums, type Gaussians } from './gaussian.ts';
import { switchedOff } from './nearest.ts';
import { judgement, type Patches, patchesOf } from './network.ts';
import type { AnomalyOptions } from './options.ts';
import type { Rows } from './projection.ts';
import { type Threshold, thresholdOf } from './threshold.ts';

/** What is fitted, to what, and who wants to hear of it. */
export interface AnomalyJob<T = unknown> {
  readonly model: Model;
  /** Settled ones. */
  readonly options: AnomalyOptions;
  readonly runtime: Runtime;
  readonly threads?: number;
  readonly seed: number;
  /** Of the backbone. */
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
  /** Good pictures, as they are evaluated: in order, not varied. */
  readonly good: BatchSource<T>;
  /** Pictures that the fit does not see; the good ones among them help to set the threshold. */
  readonly held?: { readonly source: BatchSource<T>; readonly isGood: (truth: T) => boolean };
  readonly onProgress?: (what: 'features' | 'memory' | 'threshold', done: number, of: number) => void;
  readonly signal?: AbortSignal;
}

/** What was kept of the good pictures. */
export interface FittedAnomaly {
  /** The network's parameters of `anomaly.*`, by name. */
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
  /** From which score on a picture is anomalous, in the unit of distances; the network divides by it. */
  readonly threshold: Threshold;
}

/** Numbers that the patches of the good pictures may take together: 1 GB. Of more pictures, a random share of each one's patches is looked at. */
const HELD = 2 ** 28;
/** Parts that a Gaussian is judged by, each by what the others gave. */
const FOLDS = 5;
/** How far above the score that sets it a threshold lies: machines round differently, and that very picture must not be called anomalous. */
const ROUNDING = 1e-3;
/** Where good pictures are all alike their scores are 0, and nothing can be divided by that. */
const LEAST = 1e-6;

/**
 * Fits the anomaly head to good pictures, without gradient steps: the memory is a coreset of their patches, a Gaussian their mean and covariance at
 * each place. The thresholds of a picture's score and of its map's highest pixel come from good pictures that were left out: those of `held`, and each
 * picture of `good` judged by what the others gave (its own rows of the memory switched off; in five parts, for Gaussians).
 * @throws YosegiError where there are fewer than two good pictures, or when `signal` stops it
 */
export async function fitAnomaly<T>(job: AnomalyJob<T>): Promise<FittedAnomaly> {
  check(job.good.length >= 2, () => `finding anomalies needs at least two good pictures, got ${job.good.length}`);
  const fit = new Fit(job);
  try {
    const { kept, left } = job.options.anomalyMethod === 'memory' ? await fit.memory() : await fit.gaussian();
    const judged = [...left, ...(await fit.held(kept))];
    const limit = (of: keyof Judged) => {
      const found = thresholdOf(
        judged.map((one) => one[of]),
        job.options.falseAlarms,
      );
      return { ...found, value: Math.max(LEAST, found.value * (1 + ROUNDING)) };
    };
    const threshold = limit('score');
    const all = { ...kept, threshold: f32([1], [threshold.value]), level: f32([1], [limit('peak').value]) };
    return { weights: new Map(Object.entries(all).map(([name, t]) => [`anomaly.${name}`, t])), threshold };
  } finally {
    await fit.close();
  }
}

type Kept = Readonly<Record<string, Tensor<'float32'>>>;

/** What a good picture reaches: its score, and the highest value of its map. */
interface Judged {
  readonly score: number;
  readonly peak: number;
}

class Fit<T> {
  readonly #job: AnomalyJob<T>;
  readonly #patches: Patches;
  readonly #programs = new Map<string, Program>();

  constructor(job: AnomalyJob<T>) {
    this.#job = job;
    this.#patches = patchesOf(job.model, job.options);
  }

  async close(): Promise<void> {
    for (const program of this.#programs.values()) await program.close();
  }

  /** A memory of the good pictures' patches, and each one judged by the rows of the others. */
  async memory(): Promise<{ kept: Kept; left: Judged[] }> {
    const { good, options, seed, onProgress, signal } = this.#job;
    const { channels, grid } = this.#patches;
    const all = grid[0] * grid[1];
    const each = Math.max(1, Math.min(all, Math.floor(HELD / channels / good.length)));
    const rows: Rows = {
      data: new Float32Array(good.length * each * channels),
      count: good.length * each,
      width: channels,
    };
    await this.#eachPicture('features', good, (found, n) => {
      const chosen = each === all ? undefined : permutation(random(seed, 'patches', n), all);
      for (let p = 0; p < each; p++) {
        const from = (chosen ? chosen[p]! : p) * channels;
        rows.data.set(found.subarray(from, from + channels), (n * each + p) * channels);
      }
    });
    const chosen = coreset(rows, options.rows!, {
      seed,
      onRow: (done, of) => {
        onProgress?.('memory', done, of);
        return !signal?.aborted;
      },
    });
    stopAsked(signal);
    const kept = remembered(rows, chosen);
    const own = Array.from(chosen, (row) => Math.floor(row / each));
    return { kept, left: await this.#withoutOwn(kept, own) };
  }

  /** Each good picture judged with the rows that come from it switched off. */
  async #withoutOwn(kept: Kept, own: readonly number[]): Promise<Judged[]> {
    const judge = await this.#judge();
    const left: Judged[] = [];
    await this.#eachImage('threshold', this.#job.good, async (image, n) => {
      const norms = f32(
        kept.norms!.shape,
        kept.norms!.data.map((v, r) => (own[r] === n ? switchedOff : v)),
      );
      // Where a picture is all that was remembered nothing is left to judge it by.
      if (norms.data.every((v) => v === switchedOff)) return;
      left.push(await judge(image, { ...kept, norms }));
    });
    return left;
  }

  /** Gaussians of the good pictures, and each one judged by those of the other parts. */
  async gaussian(): Promise<{ kept: Kept; left: Judged[] }> {
    const { good } = this.#job;
    const { channels, grid } = this.#patches;
    const whole = new GaussianSums(grid[0] * grid[1], channels);
    await this.#eachPicture('features', good, (rows) => whole.add(rows));
    const folds = Math.min(FOLDS, good.length);
    const judge = await this.#judge();
    const left: Judged[] = [];
    for (let fold = 0; fold < folds && good.length > 2; fold++) {
      const part = whole.alike();
      const inside = (n: number) => n % folds === fold;
      await this.#eachPicture('threshold', good, (rows) => part.add(rows), inside);
      const rest = keptGaussians(whole.without(part).fit());
      await this.#eachImage('threshold', good, async (image) => void left.push(await judge(image, rest)), inside);
    }
    return { kept: keptGaussians(whole.fit()), left };
  }

  /** The good pictures that were held back. */
  async held(kept: Kept): Promise<Judged[]> {
    const { held } = this.#job;
    if (!held) return [];
    const judge = await this.#judge();
    const left: Judged[] = [];
    await this.#eachImage('threshold', held.source, async (image, _, truth) => {
      if (held.isGood(truth)) left.push(await judge(image, kept));
    });
    return left;
  }

  /** Judges one picture by what is kept, which is fed: it changes from picture to picture. */
  async #judge(): Promise<(image: Tensor<'float32'>, kept: Kept) => Promise<Judged>> {
    const { model, options } = this.#job;
    const { score, map } = judgement(this.#patches, options, model.size, (name, shape) =>
      input(`kept.${name}`, 'float32', shape),
    );
    const program = await this.#program('judged', { score, peak: reduceMax(map) });
    return async (image, kept) => {
      const fed = Object.fromEntries(Object.entries(kept).map(([name, t]) => [`kept.${name}`, t]));
      const out = await program.run({ image, ...fed });
      return { score: Number(out.score!.data[0]), peak: Number(out.peak!.data[0]) };
    };
  }

  /** The patches of each picture, [P, C]. */
  async #eachPicture(
    what: 'features' | 'threshold',
    source: BatchSource<T>,
    take: (rows: Float32Array, n: number) => void,
    wanted: (n: number) => boolean = () => true,
  ): Promise<void> {
    const program = await this.#program('rows', { rows: this.#patches.rows });
    await this.#eachImage(
      what,
      source,
      async (image, n) => take((await program.run({ image })).rows!.data as Float32Array, n),
      wanted,
    );
  }

  async #eachImage(
    what: 'features' | 'threshold',
    source: BatchSource<T>,
    take: (image: Tensor<'float32'>, n: number, truth: T) => Promise<void>,
    wanted: (n: number) => boolean = () => true,
  ): Promise<void> {
    const { signal, onProgress } = this.#job;
    let n = 0;
    for (let b = 0; n < source.length; b++) {
      const batch = await source.batch(0, b);
      for (let i = 0; i < batch.indices.length; i++, n++) {
        stopAsked(signal);
        if (wanted(n)) await take(imageOf(batch, i), n, batch.truths[i]!);
        onProgress?.(what, n + 1, source.length);
      }
    }
  }

  /** The program that gives `outputs`, made once. */
  async #program(name: string, outputs: Readonly<Record<string, Value>>): Promise<Program> {
    const known = this.#programs.get(name);
    if (known) return known;
    const { runtime, threads, weights } = this.#job;
    const g = graph(outputs, 'anomaly');
    // Programs run in turns.
    const program = await compile(runtime, g, { ...(threads && { threads }), idle: 'sleep', constants: weights });
    this.#programs.set(name, program);
    return program;
  }
}

/** The chosen rows, seen from their mean. */
function remembered({ data, width }: Rows, chosen: Uint32Array): Kept {
  const memory = f32([chosen.length, width]);
  const norms = f32([chosen.length]);
  const sums = new Float64Array(width);
  for (const row of chosen) for (let c = 0; c < width; c++) sums[c]! += data[row * width + c]!;
  const centre = f32(
    [width],
    sums.map((sum) => sum / chosen.length),
  );
  chosen.forEach((row, r) => {
    for (let c = 0; c < width; c++) {
      const value = data[row * width + c]! - centre.data[c]!;
      memory.data[r * width + c] = value;
      norms.data[r]! += memory.data[r * width + c]! ** 2;
    }
  });
  return { memory, norms, centre };
}

const keptGaussians = ({ mean, whitening }: Gaussians): Kept => ({ mean, whitening });

/** One picture of a batch, [1, channels, height, width]. */
function imageOf<T>({ images }: Batch<T>, i: number): Tensor<'float32'> {
  const [, ...shape] = images.shape;
  const size = shape.reduce((a, b) => a * b, 1);
  return f32([1, ...shape], images.data.slice(i * size, (i + 1) * size));
}

function stopAsked(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new YosegiError('stopped before the fit was done: nothing is kept; it begins again when it is started again');
}

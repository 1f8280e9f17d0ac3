import type { Tensor } from '../../base/tensor.ts';
import { defaultEffort, type Effort, interleave, type Probe } from '../../measure/interleave.ts';
import { percentile, summarise } from '../../measure/percentile.ts';
import type { Program } from '../../runtime/runtime.ts';
import { leaveAt } from '../policy/policy.ts';
import type { StagedProgram } from './staged.ts';

/** A program and images as it takes them, each as a batch of one. */
export interface Timed {
  readonly program: Program;
  readonly images: readonly Tensor[];
}

/**
 * Times one image at a time, leaving at each exit, in turns: the median milliseconds of each; never less than at the exit before.
 * What leaving costs among images that leave elsewhere is more (see chooseOnTheClock).
 */
export async function measureExits(
  staged: StagedProgram,
  images: readonly Tensor[],
  options: { readonly effort?: Partial<Effort>; readonly onProgress?: (share: number) => void } = {},
): Promise<number[]> {
  const { effort = {}, onProgress = () => {} } = options;
  const next = inTurn(images);
  const probes = staged.exits.map((_, k): Probe => {
    const policy = leaveAt(staged.exits.length, k);
    return { run: () => staged.run(next(), policy) };
  });
  const shares = probes.map(() => 0);
  const times = await interleave(
    probes,
    { ...defaultEffort, ...effort },
    {
      onTurn: (i, share) => {
        shares[i] = share;
        onProgress(shares.reduce((a, b) => a + b, 0) / shares.length);
      },
    },
  );
  const medians = times.map((t) => percentile(t, 50));
  // Noise can make a later exit look cheaper.
  return medians.map((_, k) => Math.max(...medians.slice(0, k + 1)));
}

/** Milliseconds an image, of all and of each. */
export interface OnImages {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly each: readonly number[];
}

/** Each image is timed so often; its median counts, which another process does not move. */
const ROUNDS = 3;

/**
 * Times images one by one through each program, in turns: milliseconds an image. `programs` are functions of an image [1, …] and
 * its number; each is run a few times before.
 */
export async function measureOnImages<K extends string>(
  programs: Readonly<Record<K, (image: Tensor, i: number) => Promise<unknown>>>,
  images: readonly Tensor[],
  onProgress: (share: number) => void = () => {},
): Promise<Record<K, OnImages>> {
  const names = Object.keys(programs) as K[];
  const times = new Map(names.map((name) => [name, images.map((): number[] => [])]));
  for (const name of names) for (const [i, image] of images.slice(0, 3).entries()) await programs[name](image, i);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, image] of images.entries()) {
      for (const k of names.keys()) {
        // Who comes first changes: the others find the image in the cache.
        const name = names[(k + i + round) % names.length]!;
        const start = performance.now();
        await programs[name](image, i);
        times.get(name)![i]!.push(performance.now() - start);
      }
      onProgress((round * images.length + i + 1) / (ROUNDS * images.length));
    }
  }
  const summary = (name: K) => {
    const each = times.get(name)!.map((t) => percentile(t, 50));
    const { mean, p50, p95 } = summarise(each);
    return { mean, p50, p95, each };
  };
  const all = {} as Record<K, OnImages>;
  for (const name of names) all[name] = summary(name);
  return all;
}

/** Gives the images one after another, and from the first again. */
function inTurn(images: readonly Tensor[]): () => Tensor {
  let i = 0;
  return () => images[i++ % images.length]!;
}

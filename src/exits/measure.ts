import type { Tensor } from '../base/tensor.ts';
import { defaultEffort, type Effort, interleave, type Probe } from '../measure/interleave.ts';
import { percentile, summarise } from '../measure/percentile.ts';
import type { Program } from '../runtime/runtime.ts';
import { leaveAt } from './policy.ts';
import type { StagedProgram } from './staged.ts';

export interface ExitTimes {
  /** Median milliseconds of one image that leaves at each exit; never less than at the exit before. */
  readonly leaving: readonly number[];
  /** Median milliseconds of the network as one program, run to the end. */
  readonly whole: number;
  /** The same of each other network. */
  readonly others: readonly number[];
}

/** A program and images as it takes them, each as a batch of one. */
export interface Timed {
  readonly program: Program;
  readonly images: readonly Tensor[];
}

/** Times one image at a time: leaving at each exit, the whole network as one program, and other networks; all interleaved. */
export async function measureExits(
  staged: StagedProgram,
  whole: Timed,
  options: {
    readonly others?: readonly Timed[];
    readonly effort?: Partial<Effort>;
    readonly onProgress?: (share: number) => void;
  } = {},
): Promise<ExitTimes> {
  const { others = [], effort = {}, onProgress = () => {} } = options;
  const exits = staged.exits.length;
  const next = inTurn(whole.images);
  const leavingEach = staged.exits.map((_, k) => {
    const policy = leaveAt(exits, k);
    return { run: () => staged.run(next(), policy) };
  });
  const probes = [...leavingEach, probeOf(whole), ...others.map(probeOf)];
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
  const leaving = medians.slice(0, exits).map((_, k) => Math.max(...medians.slice(0, k + 1)));
  return { leaving, whole: medians[exits]!, others: medians.slice(exits + 1) };
}

function probeOf({ program, images }: Timed): Probe {
  const next = inTurn(images);
  return { run: () => program.run({ [program.inputs[0]!]: next() }) };
}

/** Each image is timed so often; its median counts, which another process does not move. */
const ROUNDS = 3;

/**
 * Times images one by one through each program, in turns: milliseconds an image. `programs` are functions of an image [1, …];
 * each is run a few times before.
 */
export async function measureOnImages<K extends string>(
  programs: Readonly<Record<K, (image: Tensor) => Promise<unknown>>>,
  images: readonly Tensor[],
  onProgress: (share: number) => void = () => {},
): Promise<Record<K, { mean: number; p50: number; p95: number }>> {
  const names = Object.keys(programs) as K[];
  const times = new Map(names.map((name) => [name, images.map((): number[] => [])]));
  for (const name of names) for (const image of images.slice(0, 3)) await programs[name](image);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, image] of images.entries()) {
      for (const k of names.keys()) {
        // Who comes first changes: the others find the image in the cache.
        const name = names[(k + i + round) % names.length]!;
        const start = performance.now();
        await programs[name](image);
        times.get(name)![i]!.push(performance.now() - start);
      }
      onProgress((round * images.length + i + 1) / (ROUNDS * images.length));
    }
  }
  const summary = (name: K) => {
    const { mean, p50, p95 } = summarise(times.get(name)!.map((t) => percentile(t, 50)));
    return { mean, p50, p95 };
  };
  return Object.fromEntries(names.map((name) => [name, summary(name)])) as Record<K, ReturnType<typeof summary>>;
}

/** Gives the images one after another, and from the first again. */
function inTurn(images: readonly Tensor[]): () => Tensor {
  let i = 0;
  return () => images[i++ % images.length]!;
}

import type { Program } from '../../../runtime/runtime.ts';
import type { BatchSource } from '../../../tasks/batch.ts';
import type { Captioned, ToldApart } from '../../../tasks/captioned.ts';
import { floats } from '../../../tasks/task.ts';
import { type CaptionTable, captionedSource } from '../../../train/captioned.ts';

/** Captions that each picture is tried with, its own among them. */
const AMONG = 10;
/** Pictures that are tried: each costs as many looks as there are captions and judged times. */
const MOST = 256;

interface Trying {
  readonly program: Program;
  /** Pictures without captions, in order. */
  readonly source: BatchSource;
  readonly table: CaptionTable;
  readonly captioned: Captioned;
  /** What is known of each picture. */
  readonly targets: readonly unknown[];
  readonly onTried?: ((done: number, of: number) => void) | undefined;
}

/**
 * How often a network is least wrong about a noisy picture when it is told that picture's own caption, of ten captions of judged pictures (a denoiser
 * as classifier, Li et al., ICCV 2023, arXiv 2303.16203, with the process' judged times). Undefined where there are not two captions.
 */
export async function toldApart({
  program,
  source,
  table,
  captioned,
  targets,
  onTried,
}: Trying): Promise<ToldApart | undefined> {
  const own = targets.map((target) => captioned.captions(target)[0] ?? '');
  const all = [...new Set(own)];
  const among = Math.min(AMONG, all.length);
  if (among < 2) return undefined;
  const place = new Map(all.map((caption, i) => [caption, i]));
  // Neighbours in a list of names are alike: the others are taken from all over it.
  const step = Math.max(1, Math.floor(all.length / among));
  const batches = Math.min(
    source.batchesPerEpoch,
    Math.ceil(MOST / Math.max(1, Math.ceil(source.length / source.batchesPerEpoch))),
  );
  const errors: Float64Array[] = [];
  for (let k = 0; k < among; k++) {
    const told = (_: unknown, item: number) => [all[(place.get(own[item]!)! + k * step) % all.length]!];
    const tried = captionedSource(source, { captions: told, table });
    const sums = new Float64Array(targets.length).fill(Number.NaN);
    for (let b = 0; b < batches; b++) {
      const { images, targets: given, indices } = await tried.batch(0, b);
      const known = Object.entries(given).filter(([name]) => program.inputs.includes(name));
      const out = await program.run({ image: images, ...Object.fromEntries(known) });
      for (const item of indices) sums[item] = 0;
      for (const [name, t] of Object.entries(out))
        floats(t, name).forEach((error, i) => {
          sums[indices[i]!]! += error;
        });
      onTried?.(k * batches + b + 1, among * batches);
    }
    errors.push(sums);
  }
  const pictures = own.flatMap((_, i) => (Number.isNaN(errors[0]![i]) ? [] : [i]));
  const right = pictures.filter((i) => errors.every((of, k) => k === 0 || errors[0]![i]! < of[i]!));
  return { among, pictures: pictures.length, share: right.length / pictures.length };
}

import { permutation, random } from '../../base/random.ts';
import { normalised, type Preprocessing } from '../../data/preprocess.ts';
import type { Dataset } from '../../feed/node/dataset.ts';
import { DEVIATION, scaleOf } from '../../models/autoencoder/autoencoder.ts';
import { pixelsOf } from './looks.ts';
import type { Plan } from './plan.ts';
import type { Pretrained } from './pretrained.ts';

/** Mean and divisor of each colour. */
type Scaling = Pick<Preprocessing, 'mean' | 'std'>;

/** Pictures that are looked at. */
const LOOKS = 256;
/** Pictures that hardly differ from each other are not blown up without end. */
const LEAST = 0.01;

const rounded = (x: number) => Math.round(1e4 * x) / 1e4;

/**
 * Scales the pictures that a network learns to make to mean 0 and deviation 0.5 in each colour. Noise of all strengths is laid over them: what is
 * fine in pictures of little contrast, steel or paper, would be drowned by the weakest that is ever trained with. Undefined where
 * the task makes none, or somebody has said how they are scaled: the user, or the weights that are started from.
 */
export async function ownScaling(
  { task, settings, preprocessing: p }: Plan,
  asked: Partial<Scaling> | undefined,
  start: Pretrained | undefined,
  dataset: Dataset,
): Promise<Scaling | undefined> {
  if (!task.makes || asked?.mean || asked?.std || start?.input) return undefined;
  return scalingOf(dataset, p, settings.train.seed);
}

async function scalingOf(dataset: Dataset, p: Preprocessing, seed: number): Promise<Scaling> {
  const all = dataset.items.train;
  const some = Array.from(permutation(random(seed, 'scaling'), all.length).slice(0, LOOKS), (i) => all[i]!);
  const pictures = await pixelsOf(dataset, some, p);
  const { mean, std } = scaleOf(normalised(pictures, { ...p, mean: [0, 0, 0], std: [1, 1, 1] }));
  const colours = (of: (c: number) => number): Scaling['mean'] => [rounded(of(0)), rounded(of(1)), rounded(of(2))];
  return { mean: colours((c) => mean[c]!), std: colours((c) => Math.max(LEAST, std[c]!) / DEVIATION) };
}

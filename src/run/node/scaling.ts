import { permutation, random } from '../../base/random.ts';
import type { Preprocessing } from '../../data/preprocess.ts';
import type { Dataset } from '../../feed/node/dataset.ts';
import { pixelsOf } from './looks.ts';
import type { Plan } from './plan.ts';
import type { Pretrained } from './pretrained.ts';

/** Mean and divisor of each colour. */
type Scaling = Pick<Preprocessing, 'mean' | 'std'>;

/** Pictures that are looked at. */
const LOOKS = 256;
/** Of a picture's values as the network sees them; what processes between pictures and noise are made for (Karras et al. 2022). */
const DEVIATION = 0.5;
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
  const of = (colour: number) => {
    let [n, sum, squares] = [0, 0, 0];
    for (const { data } of pictures)
      for (let i = colour; i < data.length; i += 3) {
        const v = data[i]! / 255;
        n++;
        sum += v;
        squares += v * v;
      }
    const mean = sum / n;
    const deviation = Math.sqrt(Math.max(0, squares / n - mean * mean));
    return { mean: rounded(mean), std: rounded(Math.max(LEAST, deviation) / DEVIATION) };
  };
  const [r, g, b] = [of(0), of(1), of(2)];
  return { mean: [r.mean, g.mean, b.mean], std: [r.std, g.std, b.std] };
}

import { random } from '../../src/base/random.ts';
import { f32, sizeOf, type Tensor } from '../../src/base/tensor.ts';
import type { Design } from '../../src/search/space.ts';
import type { Trainer } from './train.ts';

type Weights = ReadonlyMap<string, Tensor<'float32'>>;

/** Peak learning rates: of the first round of the shared weights, from which it falls to almost nothing; and of a design that goes on from them. */
const [FIRST, ALONE] = [2e-3, 5e-4];

/** Trains the weights that all designs share: in each round one of them, drawn evenly, for an epoch. Then what a design goes on with. */
export async function sharedOf(trainer: Trainer, designs: readonly Design[], rounds: number) {
  const shared = new SharedWeights();
  const begin = (own: Weights) => shared.taken(own);
  const rng = random(0, 'shared weights');
  for (let round = 0; round < rounds; round++) {
    const lr = 1e-5 + (FIRST / 2) * (1 + Math.cos((Math.PI * round) / rounds));
    const { weights } = await trainer.learned(designs[rng.below(designs.length)]!, {
      ...{ epochs: 1, seed: 1000 + round, lr, begin },
    });
    shared.put(weights);
    if ((round + 1) % 10 === 0) console.error(`shared weights: ${round + 1} of ${rounds} rounds`);
  }
  return { lr: ALONE, begin };
}

/**
 * Weights that all designs of a space share: each uses the first so many channels of the widest (Yu & Huang, ICCV 2019; Guo et al., "Single
 * path one-shot", ECCV 2020). A tensor of another name, such as a convolution's where another design has attention, is one of its own.
 */
export class SharedWeights {
  readonly #kept = new Map<string, Tensor<'float32'>>();

  /** What a design begins with: what is kept, in place of its own first values where there is something. */
  taken(own: Weights): Map<string, Tensor<'float32'>> {
    return new Map([...own].map(([name, t]) => [name, this.#laid(name, t, this.#kept.get(name))]));
  }

  /** Keeps what a design has learned; what it does not reach stays. */
  put(learned: Weights): void {
    for (const [name, t] of learned) {
      const before = this.#kept.get(name);
      const wide = before ? widest(t, before) : t;
      this.#kept.set(name, this.#laid(name, this.#laid(name, wide, before), t));
    }
  }

  /** `under` with the numbers of `over` where they are of the same channels. */
  #laid(name: string, under: Tensor<'float32'>, over: Tensor<'float32'> | undefined) {
    if (!over) return under;
    const out = under.data.slice();
    const [to, from] = [partsOf(name, under.shape), partsOf(name, over.shape)];
    const both = to.map((d, i) => Math.min(d, from[i]!));
    const walk = (axis: number, a: number, b: number): void => {
      if (axis === both.length) {
        // What no design has reached yet is no number.
        if (!Number.isNaN(over.data[b]!)) out[a] = over.data[b]!;
        return;
      }
      for (let i = 0; i < both[axis]!; i++) walk(axis + 1, a * to[axis]! + i, b * from[axis]! + i);
    };
    walk(0, 0, 0);
    return f32(under.shape, out);
  }
}

/** Queries, keys and values stand behind each other in one tensor: three parts, of which each has its channels. */
const partsOf = (name: string, shape: readonly number[]): readonly number[] =>
  /\.qkv\.(weight|bias)$/.test(name) ? [3, shape[0]! / 3, ...shape.slice(1)] : shape;

const widest = (a: Tensor, b: Tensor) => {
  const shape = a.shape.map((d, i) => Math.max(d, b.shape[i]!));
  return f32(shape, new Float32Array(sizeOf(shape)).fill(Number.NaN));
};

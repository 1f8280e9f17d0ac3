import { type Layer, layersOf } from '../adapters/layers.ts';
import { check } from '../base/errors.ts';
import { sizeOf } from '../base/tensor.ts';
import { nameOf } from '../graph/graph.ts';
import type { Network } from '../tasks/task.ts';
import type { TrainOptions } from './options.ts';
import type { FlatTensors } from './parameters.ts';

/** How often more weights go until all that should have gone. */
const EVENTS = 50;
/** Part of the training in which they go; the rest recovers from it. */
const RAMP = 0.5;

/** A layer's weight in the flat vector of parameters. */
interface Place {
  readonly start: number;
  readonly end: number;
  /** How many numbers lie side by side for one input, and how many inputs there are. */
  readonly inner: number;
  readonly inputs: number;
}

/**
 * Weights that go to zero while a network learns, the smallest first, and stay there: with s the share that is to go and t the part of the way, s·(1 − (1 − t)³) of them
 * are gone (Zhu & Gupta 2017, arXiv 1710.01878), over the first half of the training. Whatever the optimiser does, those that are gone are exactly zero, in the
 * moving average too. Layers with a weight are meant, but for the first one, grouped and depthwise convolutions and heads.
 *
 * With a pattern n:m the smallest m − n of each m weights that follow each other along a layer's inputs go, where m divides them (Mishra et al. 2021,
 * arXiv 2104.08378); of layers where it does not, all stay.
 */
export class Sparsity {
  readonly #places: readonly Place[];
  readonly #gone: Uint8Array;
  readonly #pattern: { readonly stay: number; readonly of: number } | undefined;
  readonly #share: number;
  readonly #evenly: boolean;
  readonly #ramp: number;
  readonly #every: number;

  /** @throws YosegiError where nothing can go */
  constructor(network: Network, params: FlatTensors, options: TrainOptions, steps: number) {
    this.#pattern = patternOf(options.sparsePattern);
    const { of, stay } = this.#pattern ?? { of: 1, stay: 0 };
    this.#share = this.#pattern ? (of - stay) / of : options.sparsity;
    this.#evenly = options.sparseEvenly;
    this.#places = placesOf(network, params).filter(({ inputs }) => inputs % of === 0);
    check(
      this.#places.length > 0,
      () =>
        `no layer of ${network.model.name} that is trained can lose weights: leave out --sparsity and --sparse-pattern, or freeze less`,
    );
    this.#gone = new Uint8Array(params.length);
    this.#ramp = Math.max(0, Math.min(Math.round(RAMP * steps), steps - 1));
    this.#every = Math.max(1, Math.floor(this.#ramp / EVENTS));
  }

  /** Whether all that should go has gone before step `step` (from 0). */
  isDone(step: number): boolean {
    return step > this.#ramp;
  }

  /** Takes over which weights were gone when a run was stopped. */
  resume(values: Float32Array): void {
    for (const { start, end } of this.#places)
      for (let i = start; i < end; i++) this.#gone[i] = values[i] === 0 ? 1 : 0;
  }

  /** Lets more weights go, where it is time before step `step` (from 0); they are zero then. Tells whether any may have gone. */
  advance(step: number, values: Float32Array): boolean {
    if (step > this.#ramp || (step % this.#every !== 0 && step !== this.#ramp)) return false;
    const way = step === this.#ramp ? 1 : step / this.#ramp;
    const share = this.#share * (1 - (1 - way) ** 3);
    const groups = this.#evenly ? this.#places.map((p) => [p]) : [this.#places];
    for (const places of groups) this.#drop(places, share, values);
    this.hold(values);
    return true;
  }

  /** Makes what has gone zero: of weights, of their average, or of gradients, in the order of the parameters. */
  hold(values: Float32Array): void {
    const gone = this.#gone;
    for (const { start, end } of this.#places) for (let i = start; i < end; i++) if (gone[i]) values[i] = 0;
  }

  #drop(places: readonly Place[], share: number, values: Float32Array): void {
    const total = places.reduce((n, { start, end }) => n + end - start, 0);
    const count = Math.round(share * total);
    if (count === 0) return;
    const sizes = new Float32Array(total);
    let at = 0;
    for (const place of places) at = this.#candidates(place, values, sizes, at);
    const limit = sizes.slice().sort()[count - 1]!;
    at = 0;
    for (const { start, end } of places) for (let i = start; i < end; i++) if (sizes[at++]! <= limit) this.#gone[i] = 1;
  }

  /** How large each weight of a layer is, into `sizes` from `at` on; infinite for what stays whatever the share. */
  #candidates({ start, end, inner, inputs }: Place, values: Float32Array, sizes: Float32Array, at: number): number {
    for (let i = start; i < end; i++) sizes[at + i - start] = Math.abs(values[i]!);
    if (this.#pattern) {
      const { stay, of } = this.#pattern;
      for (let first = 0; first < end - start; first += inputs * inner)
        for (let c = 0; c < inputs; c += of)
          for (let u = 0; u < inner; u++) {
            const own = Array.from({ length: of }, (_, k) => at + first + (c + k) * inner + u);
            for (const i of own.sort((a, b) => sizes[b]! - sizes[a]!).slice(0, stay))
              sizes[i] = Number.POSITIVE_INFINITY;
          }
    }
    return at + end - start;
  }
}

/** What the options ask for, if anything. */
export function isSparse({ sparsity, sparsePattern }: TrainOptions): boolean {
  check(
    sparsity === 0 || sparsePattern === undefined,
    'a pattern says how many weights go: give --sparsity or --sparse-pattern, not both',
  );
  return sparsity > 0 || sparsePattern !== undefined;
}

function patternOf(text: string | undefined): { stay: number; of: number } | undefined {
  if (text === undefined) return undefined;
  const [stay, of] = text.split(':').map(Number);
  check(
    stay! >= 1 && of! > stay! && of! <= 64,
    () => `the pattern ${text} means nothing: n:m with 1 ≤ n < m ≤ 64, such as 2:4, of each 4 weights 2 stay`,
  );
  return { stay: stay!, of: of! };
}

/** The layers that may lose weights, whatever is trained: all but the first one, grouped and depthwise convolutions and heads. */
export const sparseLayers = ({ reads }: Network): Layer[] =>
  layersOf(reads).filter(({ first, groups }) => !first && groups === 1);

/** The weights that may go. */
function placesOf(network: Network, params: FlatTensors): Place[] {
  return sparseLayers(network).flatMap(({ weight, shape, turned }) => {
    const start = params.offsets.get(nameOf(weight)!);
    if (start === undefined) return [];
    const axis = turned ? 0 : 1;
    return [{ start, end: start + sizeOf(shape), inputs: shape[axis]!, inner: sizeOf(shape.slice(axis + 1)) }];
  });
}

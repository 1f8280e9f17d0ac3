import { join } from 'node:path';
import type { Overrides } from '../src/models/registry.ts';
import { carryOut, type Recipe, type Result, recorded, root, shared } from './carry-out.ts';

/** What the small comparisons share: networks from random weights at 64 pixels, 300 steps of 32 pictures on one thread. */
export const SIZE = 64;

/** Photographs, and epochs of about 300 steps of 32. */
export const places = {
  'x-sdd': { data: join(root, 'demo/data/x-sdd'), epochs: 10 },
  clothing: { data: join(shared, 'clothing-128'), epochs: 3 },
} as const;
export type PlaceName = keyof typeof places;

/** The epochs of a place, once, or so many times. */
export const LONGER = 4;
export const lengths = [1, LONGER] as const;
export type Length = (typeof lengths)[number];

/** In names of results: `clothing`, `clothing-4x`. */
export const placeText = (place: string, length: Length) => `${place}${length === 1 ? '' : `-${length}x`}`;

export interface Network {
  readonly model: string;
  readonly overrides: Overrides;
}

/** Trained on all pictures but those tested; judged once, at the end: no epoch is chosen. */
export const fromScratch = ({ model, overrides }: Network, data: string, epochs: number): Recipe => ({
  seeds: 3,
  run: {
    data,
    model,
    overrides,
    scratch: true,
    size: SIZE,
    recipe: 'light',
    valFraction: 0,
    train: { epochs, evalEvery: epochs, batch: 32, warmup: epochs / 10, threads: 1, checkpointSeconds: 1e6 },
  },
});

/** Carries out what a results file lacks, so that a call goes on where the last one was stopped. */
export async function carryOutLeft(recipes: ReadonlyMap<string, Recipe>, seed: number, file: string): Promise<void> {
  for (const [name, recipe] of recipes) {
    const done = (await recorded<Result>(file)).some((r) => r.name === name && r.seed === seed);
    if (!done) await carryOut(name, recipe, seed, file);
  }
}

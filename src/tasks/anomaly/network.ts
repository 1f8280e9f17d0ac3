import { check } from '../../base/errors.ts';
import { div, reduceMax, reshape, sub } from '../../graph/build.ts';
import type { Value } from '../../graph/value.ts';
import type { Backbone, Model } from '../../models/model.ts';
import type { Network } from '../../models/network.ts';
import type { Stage } from '../../models/stage.ts';
import { rootScope } from '../../nn/scope.ts';
import { drawnChannels } from './gaussian.ts';
import { heatMap } from './heat-map.ts';
import { channelsOf, mahalanobis } from './mahalanobis.ts';
import { nearest, pictureScore } from './nearest.ts';
import type { AnomalyOptions } from './options.ts';
import { patchMap, patchRows } from './patches.ts';

/** What is looked at of a backbone: levels with enough context to know a texture, and fine enough to say where. */
const LEVELS = [8, 16];

/** Patches of a picture, and how they lie. */
export interface Patches {
  /** [N, P, C] */
  readonly rows: Value;
  /** Rows and columns of the grid: P of them. */
  readonly grid: readonly [number, number];
  readonly channels: number;
  readonly reads: readonly Value[];
}

/**
 * The patches of a picture that a method looks at. Of a backbone that has no map at level 8 or 16 its finest is taken.
 * @throws YosegiError where the backbone names no feature maps
 */
export function patchesOf(model: Backbone, { anomalyMethod, featureChannels, drawnBy = 0 }: AnomalyOptions): Patches {
  const stages = stagesOf(model);
  const { height, width } = stages[0]!;
  const all = stages.reduce((sum, { channels }) => sum + channels, 0);
  const reads = stages.map(({ value }) => value);
  const grid = [height, width] as const;
  if (anomalyMethod === 'memory') return { rows: patchRows(patchMap(reads)), grid, channels: all, reads };
  const wanted = Math.min(featureChannels, all);
  const map = channelsOf(patchMap(reads, { pooled: false, enlarge: 'nearest' }), drawnChannels(all, wanted, drawnBy));
  return { rows: patchRows(map), grid, channels: wanted, reads };
}

function stagesOf({ stages, name }: Backbone): Stage[] {
  check(
    stages.length > 0,
    () => `${name} names no feature maps to find anomalies in: import it again with --stages, or take another model`,
  );
  const found = LEVELS.flatMap((level) => stages.findLast((s) => s.level === level) ?? []);
  return found.length > 0 ? found : [stages[0]!];
}

/** More rows take longer to choose than a coffee, and to search than anybody waits for; they hardly tell more. */
const MOST_ROWS = 2 ** 14;

/** The options with what the shapes of parameters depend on: the rows of the memory, from how many good pictures it is made of. */
export function settled(options: AnomalyOptions, model: Backbone, pictures: number, seed: number): AnomalyOptions {
  const { grid } = patchesOf(model, options);
  const rows = Math.min(MOST_ROWS, Math.max(1, Math.floor(pictures * grid[0] * grid[1] * options.remember)));
  return { ...options, drawnBy: seed, ...(options.anomalyMethod === 'memory' && { rows }) };
}

/** What a method keeps of the good pictures: the network's parameters, or inputs in their place while it is fitted. */
export type Kept = (name: string, shape: readonly number[]) => Value;

/** Distance of each patch [N, P], and the picture's score [N] by what is kept. */
export function judgement(
  patches: Patches,
  options: AnomalyOptions,
  size: readonly [number, number],
  kept: Kept,
): { readonly score: Value; readonly map: Value } {
  const { rows, grid, channels } = patches;
  const cells = grid[0] * grid[1];
  if (options.anomalyMethod === 'gaussian') {
    const distances = mahalanobis(
      rows,
      kept('mean', [cells, channels]),
      kept('whitening', [cells, channels, channels]),
    );
    const map = heatMap(distances, grid, size);
    return { map, score: reshape(reduceMax(map, [1, 2, 3], false), [rows.type.shape[0]!]) };
  }
  const m = options.rows;
  check(m !== undefined, 'the options say not how many rows the memory has: settle them first');
  const memory = { rows: kept('memory', [m, channels]), norms: kept('norms', [m]) };
  // Distances are the same from anywhere; small numbers lose less.
  const seen = sub(rows, kept('centre', [channels]));
  const distances = nearest(seen, memory);
  return {
    map: heatMap(distances, grid, size, { enlarge: 'nearest' }),
    score: pictureScore(seen, distances, memory, options.neighbours),
  };
}

/**
 * The head that finds anomalies, with settled options: `map` [N, 1, H, W], how anomalous each pixel of the input is, and `score` [N], the picture; both in
 * units of what good pictures reach, so that 1 is the threshold. Nothing is trained: its parameters (`anomaly.*`) are what `fitAnomaly` keeps of good pictures.
 */
export function anomalyNetwork(model: Model, options: AnomalyOptions): Network {
  const patches = patchesOf(model, options);
  const outputs = rootScope().in('anomaly', (s) => {
    const kept = (value: number) => (name: string, shape: readonly number[]) =>
      s.param(name, shape, { kind: 'constant', value }, 'frozen');
    const { score, map } = judgement(patches, options, model.size, kept(0));
    return { map: div(map, kept(1)('level', [1])), score: div(score, kept(1)('threshold', [1])) };
  });
  return { model, reads: patches.reads, outputs, judged: ['map', 'score'] };
}

import { f32 } from '../../base/tensor.ts';
import { torchConv } from '../../blocks/torch-conv.ts';
import { clip, concat, exp, matmul, mul, reshape, softmax, transpose } from '../../graph/build.ts';
import { constant, type Value } from '../../graph/value.ts';
import type { Backbone } from '../../models/model.ts';
import { pyramid } from '../../models/pyramid.ts';
import type { Stage } from '../../models/stage.ts';
import { conv2d } from '../../nn/layers.ts';
import { rootScope, type Scope } from '../../nn/scope.ts';
import { type Points, pointsOf } from './anchors.ts';
import { boxesAround } from './boxes.ts';
import type { DetectHead } from './heads/head.ts';

/** A detector's outputs before anything is chosen: A points, the cells of the pyramid. */
export interface Detector {
  readonly points: Points;
  readonly reads: readonly Value[];
  /** Logits [N, A, classes]. */
  readonly scores: Value;
  /** [N, A, 4]: left, top, right, bottom in pixels of the input. */
  readonly boxes: Value;
  /** [N, A, 4, bins], where distances have bins. */
  readonly bins?: Value;
}

/** Score that a point gives a class before any training: things are rare (Lin et al. 2017, arXiv 1708.02002 §4.1). */
const PRIOR = 0.01;

/**
 * An anchor-free detector on a backbone's maps: each cell of each level gives the classes' scores and the distances from its middle to the four
 * sides of a box, in cells: e to the power of what the network says, or the mean of a distribution over `bins` whole distances
 * (Li et al. 2020, arXiv 2006.04388 §3.2).
 */
export function detector(backbone: Backbone, head: DetectHead, classes: number, bins: number): Detector {
  const stages = pyramid(backbone, head.levels);
  return rootScope().in('detect', (s) => {
    const features = head.build(s, stages);
    const points = pointsOf(stages);
    const flat = (name: string, channels: number, part: 'classes' | 'boxes', make: typeof scoreMap) =>
      concat(
        stages.map((stage, level) => s.in(`${name}.${level}`, (p) => make(p, features[level]![part], stage, channels))),
        1,
      );
    const scores = flat('cls_preds', classes, 'classes', scoreMap);
    const raw = flat('reg_preds', bins > 0 ? 4 * bins : 4, 'boxes', distanceMap);
    const distribution = bins > 0 ? reshape(raw, ['N', points.count, 4, bins]) : undefined;
    const cells = distribution ? meanOfBins(distribution, points.count, bins) : exp(clip(raw, -6, 6));
    const boxes = boxesAround(points.middle, mul(cells, points.stride));
    return {
      points,
      reads: stages.map(({ value }) => value),
      scores,
      boxes,
      ...(distribution && { bins: distribution }),
    };
  });
}

function scoreMap(s: Scope, x: Value, stage: Stage, channels: number): Value {
  const bias = s.param('bias', [channels], { kind: 'constant', value: -Math.log((1 - PRIOR) / PRIOR) });
  const y = conv2d(s, x, channels, { kernel: 1, bias: true, init: { kind: 'normal', std: 0.01 } });
  return bias && rows(y, stage, channels);
}

function distanceMap(s: Scope, x: Value, stage: Stage, channels: number): Value {
  return rows(torchConv(s, x, channels, { kernel: 1 }), stage, channels);
}

/** [N, C, H, W] as [N, H·W, C]. */
function rows(x: Value, { height, width }: Stage, channels: number): Value {
  return transpose(reshape(x, ['N', channels, height * width]), [0, 2, 1]);
}

/** Expected distance, in cells, [N, A, 4]. */
function meanOfBins(distribution: Value, count: number, bins: number): Value {
  const numbers = constant(
    f32(
      [bins, 1],
      Array.from({ length: bins }, (_, k) => k),
    ),
  );
  return reshape(matmul(softmax(distribution, 3), numbers), ['N', count, 4]);
}

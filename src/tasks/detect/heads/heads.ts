import { convReLU, featurePyramid, separableReLU } from '../../../blocks/fpn.ts';
import type { Value } from '../../../graph/value.ts';
import type { Scope } from '../../../nn/scope.ts';
import type { DetectHead } from './head.ts';

/** A head of a feature pyramid of `width`, and for each level two branches of `depth` layers that share nothing with other levels. */
function towers(
  about: string,
  width: number,
  depth: number,
  layer: (s: Scope, x: Value, channels: number) => Value,
): DetectHead {
  return {
    about,
    levels: [8, 16, 32],
    build: (s, stages) => {
      const maps = s.in('neck', (n) => featurePyramid(n, stages, width));
      return maps.map((map, level) => {
        const branch = (name: string) =>
          s.in(`${name}.${level}`, (b) =>
            Array.from({ length: depth }, (_, i) => i).reduce((x, i) => b.in(i, (l) => layer(l, x, width)), map),
          );
        return { classes: branch('cls'), boxes: branch('reg') };
      });
    },
  };
}

/** Heads of detection by name, the default first. */
export const detectHeads = {
  light: towers('feature pyramid of 96 channels, separable convolutions: for old PCs', 96, 2, separableReLU),
  fpn: towers('feature pyramid of 128 channels, full convolutions: finer, slower', 128, 2, convReLU),
} satisfies Record<string, DetectHead>;
export type DetectHeadName = keyof typeof detectHeads;
export const detectHeadNames = Object.keys(detectHeads) as DetectHeadName[];

import { fixed } from '../graph/dim.ts';
import type { Value } from '../graph/value.ts';

/**
 * A feature map that tasks, adapters and exits attach to. What it is, its `height` and `width` say; `level` is only what it is
 * asked for by. Architectures that drop what does not fill a patch round down (ConvNeXt: level 8 of 100 pixels is 12 × 12), those
 * that pad round up (ResNet: 13 × 13): never work out one from the other.
 */
export interface Stage {
  readonly name: string;
  /** [N, channels, height, width] */
  readonly value: Value;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** How many pixels of the image lie between two neighbouring cells: the product of the architecture's strides, e.g. 8. */
  readonly level: number;
  /** Image pixels for one cell, down and across: the image's height and width over the map's, e.g. [8.33, 8.33]. */
  readonly stride: readonly [number, number];
}

/** Where a stage ends, as a family's build function marks it; its size is read from the value. */
export interface StageMark {
  readonly name: string;
  /** [N, C, H, W] */
  readonly value: Value;
  readonly level: number;
}

/** The stage that is marked, of a model for images of `size`, [height, width] in pixels. */
export function stageFrom({ name, value, level }: StageMark, size: readonly [number, number]): Stage {
  const [channels, height, width] = [1, 2, 3].map((axis) => fixed(value.type.shape[axis], `the size of '${name}'`)) as [
    number,
    number,
    number,
  ];
  return { name, value, channels, height, width, level, stride: [size[0] / height, size[1] / width] };
}

import { check } from '../../base/errors.ts';
import type { Size } from './placement.ts';
import type { Tile } from './tiles.ts';

/**
 * Blends maps of tiles (logits or probabilities of segmentation, [channels, height, width]) into one map of the picture: where tiles overlap,
 * a value counts the more the farther it lies from its tile's inner borders, where a network sees least around it.
 */
export class TileBlend {
  readonly #size: Size;
  readonly #channels: number;
  readonly #sums: Float32Array;
  readonly #weights: Float32Array;

  constructor(size: Size, channels: number) {
    this.#size = size;
    this.#channels = channels;
    this.#sums = new Float32Array(channels * size[0] * size[1]);
    this.#weights = new Float32Array(size[0] * size[1]);
  }

  /** Adds the map of one tile. @throws YosegiError when it has another length than [channels, tile height, tile width] */
  add(tile: Tile, map: Float32Array): void {
    const [height, width] = this.#size;
    const channels = this.#channels;
    check(
      map.length === channels * tile.width * tile.height,
      () =>
        `the map of a tile of ${tile.width}×${tile.height} holds ${channels} values a pixel, got ${map.length} in all`,
    );
    const across = ramp(tile.x, tile.width, width);
    const down = ramp(tile.y, tile.height, height);
    for (let y = 0; y < tile.height; y++) {
      for (let x = 0; x < tile.width; x++) {
        const weight = across[x]! * down[y]!;
        const at = (tile.y + y) * width + tile.x + x;
        this.#weights[at]! += weight;
        for (let c = 0; c < channels; c++) {
          this.#sums[c * height * width + at]! += weight * map[(c * tile.height + y) * tile.width + x]!;
        }
      }
    }
  }

  /** The blended map [channels, height, width]. @throws YosegiError when a part of the picture is in no tile */
  result(): Float32Array {
    const plane = this.#weights.length;
    const gap = this.#weights.indexOf(0);
    check(gap < 0, () => `no tile covers pixel (${gap % this.#size[1]}, ${Math.floor(gap / this.#size[1])})`);
    return this.#sums.map((sum, i) => sum / this.#weights[i % plane]!);
  }
}

/** Weights along one side of a tile: rising from its inner borders to 1 in the middle; the picture's own edges are no borders. */
function ramp(start: number, length: number, whole: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => {
    const before = start > 0 ? i + 0.5 : length;
    const after = start + length < whole ? length - i - 0.5 : length;
    return Math.min(1, (2 * Math.min(before, after)) / length);
  });
}

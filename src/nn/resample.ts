import { f32, sizeOf, type Tensor } from '../base/tensor.ts';
import { resampleAxis } from './interpolate.ts';
import { resizeTable } from './position-table.ts';

/** Height and width of a grid of tokens. */
export type Grid = readonly [number, number];

/** The grids that a model may have for an input of `size` ([height, width] in pixels). */
export type Grids = (size: Grid) => readonly Grid[];

/**
 * How a stored parameter becomes one of `shape` for inputs of `size`; undefined when it cannot. The same type as `Resize` of
 * models/model.ts.
 */
type Resize = (stored: Tensor<'float32'>, shape: readonly number[], size: Grid) => Tensor<'float32'> | undefined;

/** Grids of one token for every stride × stride pixels, for each of the strides; sides that do not divide round either way. */
export const strided =
  (...strides: readonly number[]): Grids =>
  ([height, width]) =>
    strides.flatMap((s): Grid[] => [
      [Math.ceil(height / s), Math.ceil(width / s)],
      [Math.floor(height / s), Math.floor(width / s)],
    ]);

const usual = strided(4, 8, 16, 32, 64);

/**
 * Learned position embeddings of tokens, [1, prefix + H·W, C], by bicubic interpolation with antialiasing (timm's
 * `resample_abs_pos_embed`). The stored grid is taken to be square. `prefix` tokens (class, distillation) stay as they are.
 * Which of `grids` is meant is told by the number of tokens wanted.
 */
export function positionEmbedding({ prefix = 0, grids = usual }: { prefix?: number; grids?: Grids } = {}): Resize {
  return (stored, shape, size) => {
    const [one, tokens, channels] = stored.shape;
    if (stored.shape.length !== 3 || shape.length !== 3 || one !== 1 || shape[0] !== 1 || shape[2] !== channels) return;
    const from = squareOf(tokens! - prefix);
    const to = gridOf(grids, size, shape[1]! - prefix);
    if (!from || !to || channels === undefined) return;
    const kept = prefix * channels;
    const columns = resampleAxis(stored.data.subarray(kept), from[0], from[1], channels, to[1]);
    const rows = resampleAxis(columns, 1, from[0], to[1] * channels, to[0]);
    const out = f32(shape);
    out.data.set(stored.data.subarray(0, kept));
    out.data.set(rows, kept);
    return out;
  };
}

/** Learned embeddings that are a picture, [1, C, H, W], to any height and width, as {@link positionEmbedding} does. */
export const gridEmbedding: Resize = (stored, shape) => {
  if (stored.shape.length !== 4 || shape.length !== 4 || shape[0] !== stored.shape[0] || shape[1] !== stored.shape[1]) {
    return;
  }
  return f32(shape, planes(stored.data, stored.shape[0]! * stored.shape[1]!, gridIn(stored.shape), gridIn(shape)));
};

/**
 * Relative position bias tables with a row for each offset, [(2H-1)·(2W-1), heads], as timm's `resize_rel_pos_bias_table`: the
 * offsets near zero are kept where they are and the far ones spread geometrically (see nn/position-table). The stored
 * window is taken to be square; which of `grids` (token grids or windows) is meant is told by the number of rows wanted.
 */
export function relativePositionTable(grids: Grids = usual): Resize {
  return (stored, shape, size) => {
    const [rows, heads] = stored.shape;
    if (stored.shape.length !== 2 || shape.length !== 2 || shape[1] !== heads || heads === undefined) return;
    const from = squareOf(rows!);
    const to = gridOf((s) => grids(s).map(([h, w]): Grid => [2 * h - 1, 2 * w - 1]), size, shape[0]!);
    return from && to && f32(shape, resizeTable(stored.data, heads, from, to));
  };
}

/**
 * Attention biases by absolute offset, [heads, H·W] (LeViT, EfficientFormer), by bicubic interpolation with antialiasing, as
 * timm does for TinyViT (`resize_rel_pos_bias_table_levit`). The stored grid is taken to be square.
 */
export function attentionBiases(grids: Grids = usual): Resize {
  return (stored, shape, size) => {
    const [heads, offsets] = stored.shape;
    if (stored.shape.length !== 2 || shape.length !== 2 || shape[0] !== heads || heads === undefined) return;
    const from = squareOf(offsets!);
    const to = gridOf(grids, size, shape[1]!);
    return from && to && f32(shape, planes(stored.data, heads, from, to));
  };
}

/** [count, H, W] → [count, H', W']. */
function planes(data: Float32Array, count: number, from: Grid, to: Grid): Float32Array {
  const wide = resampleAxis(data, count * from[0], from[1], 1, to[1]);
  return resampleAxis(wide, count, from[0], to[1], to[0]);
}

const gridIn = (shape: readonly number[]): Grid => [shape[2]!, shape[3]!];

/** The square grid of `cells`, if there is one. */
function squareOf(cells: number): Grid | undefined {
  const side = Math.round(Math.sqrt(cells));
  return side > 0 && side * side === cells ? [side, side] : undefined;
}

function gridOf(grids: Grids, size: Grid, cells: number): Grid | undefined {
  return grids(size).find((g) => sizeOf(g) === cells && cells > 0);
}

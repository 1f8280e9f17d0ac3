import type { Matrix } from '../../base/singular-values.ts';
import type { Tensor } from '../../base/tensor.ts';
import type { Init, Node, Value } from '../../graph/value.ts';
import type { Layer } from '../layers.ts';

/** How something small and learned is put beside a layer, and how it goes into the layer's own weight. */
export interface Form {
  /** What may stand in its place at this layer; the greatest rank that makes sense. */
  readonly greatestRank: (layer: Layer) => number;
  /** Parameters by the last parts of their names. */
  readonly parameters: (layer: Layer, rank: number) => Readonly<Record<string, ParameterSpec>>;
  /** What comes out of the node with the adapter; `inputs` are the node's, already adapted before it. */
  readonly apply: (site: Site) => Value;
  /**
   * A gradient of the layer's weight as the matrices that the form's products stand for: `each` of their singular values, the largest first, are what one
   * more rank can change. Absent where a rank says nothing.
   */
  readonly unfolded?: (
    layer: Layer,
    gradient: Float32Array,
  ) => { readonly matrices: readonly Matrix[]; readonly each: number };
  /** Its factors as one pair beside the whole layer, for those who know no other form; absent or undefined where they are none. */
  readonly pair?: (layer: Layer, params: Stored['params']) => Pair | undefined;
  /** The layer's weight and bias with the adapter in them; absent where that cannot be. */
  readonly merged?: (stored: Stored) => { readonly weight: Float32Array; readonly bias?: Float32Array };
}

/** A [rank, inputs, …kernel] maps down with the layer's own kernel and stride, B [outputs, rank, …1] up with a 1×1. */
export interface Pair {
  readonly a: Tensor<'float32'>;
  readonly b: Tensor<'float32'>;
}

interface ParameterSpec {
  readonly shape: readonly number[];
  readonly init: Init;
}

export interface Site {
  readonly layer: Layer;
  readonly node: Node;
  readonly inputs: readonly (Value | undefined)[];
  readonly params: Readonly<Record<string, Value>>;
  /** What the learned part counts. */
  readonly scale: number;
}

/** Numbers of one layer. */
export interface Stored {
  readonly layer: Layer;
  readonly rank: number;
  readonly scale: number;
  readonly weight: Float32Array;
  readonly bias?: Float32Array;
  readonly params: Readonly<Record<string, Tensor<'float32'>>>;
}

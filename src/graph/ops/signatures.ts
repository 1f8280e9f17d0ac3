import type { DType, Tensor } from '../../base/tensor.ts';

/**
 * The words of the language: every operator with its attributes and their defaults. From here come the types that `apply` asks
 * for, so a wrong name or a wrong attribute does not compile. What an operator does with them is its record, in the family's file.
 */

/** The kind of one attribute; without a default it may be left out, unless it is required. */
export interface AttrSpec<T = unknown> {
  readonly type: 'int' | 'float' | 'string' | 'ints' | 'floats' | 'strings' | 'tensor' | 'dtype';
  readonly default?: T;
  readonly required?: true;
  /** Only we read it: it is not printed. */
  readonly ours?: true;
}

const int = (value: number) => ({ type: 'int', default: value }) as const;
const float = (value: number) => ({ type: 'float', default: value }) as const;
/** One of some words, the first being the default. */
const word = <const T extends string>(
  first: T,
  ...others: T[]
): { type: 'string'; default: T; words: readonly T[] } => ({
  type: 'string',
  default: first,
  words: [first, ...others],
});
const needed = <const T extends AttrSpec['type']>(type: T) => ({ type, required: true }) as const;

const ints = { type: 'ints' } as const;
const optionalInt = { type: 'int' } as const;
const tensor = { type: 'tensor' } as const;
const block = { type: 'int', required: true, ours: true } as const;

const window = {
  auto_pad: word('NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'),
  dilations: ints,
  kernel_shape: ints,
  pads: ints,
  strides: ints,
};
const pool = { ...window, ceil_mode: int(0), kernel_shape: needed('ints') };
const reduction = { keepdims: int(1), noop_with_empty_axes: int(0) };
const arg = { axis: int(0), keepdims: int(1), select_last_index: int(0) };
const epsilon = float(1e-5);
const rowwise = { axis: int(-1), epsilon, stash_type: int(1) };

export const signatures = {
  // activation.ts
  Elu: { alpha: float(1) },
  Gelu: { approximate: word('none', 'tanh') },
  HardSigmoid: { alpha: float(0.2), beta: float(0.5) },
  HardSwish: {},
  LeakyRelu: { alpha: float(0.01) },
  LogSoftmax: { axis: int(-1) },
  Mish: {},
  PRelu: {},
  Relu: {},
  Sigmoid: {},
  Softmax: { axis: int(-1) },
  Softplus: {},
  Swish: { alpha: float(1) },
  Tanh: {},
  // conv.ts
  Conv: { ...window, group: int(1) },
  ConvTranspose: { ...window, group: int(1), output_padding: ints, output_shape: ints },
  DepthwiseWeightGradient: { ...window, kernel_shape: needed('ints') },
  // detection.ts
  NonMaxSuppression: { center_point_box: int(0) },
  RoiAlign: {
    coordinate_transformation_mode: word('half_pixel', 'output_half_pixel'),
    mode: word('avg', 'max'),
    output_height: int(1),
    output_width: int(1),
    sampling_ratio: int(0),
    spatial_scale: float(1),
  },
  // elementwise.ts
  Abs: {},
  Add: {},
  And: {},
  Ceil: {},
  Clip: {},
  Cos: {},
  Div: {},
  Equal: {},
  Erf: {},
  Exp: {},
  Floor: {},
  Greater: {},
  GreaterOrEqual: {},
  Identity: {},
  IsNaN: {},
  Less: {},
  LessOrEqual: {},
  Log: {},
  Max: {},
  Min: {},
  Mod: { fmod: int(0) },
  Mul: {},
  Neg: {},
  Not: {},
  Or: {},
  Pow: {},
  Reciprocal: {},
  Round: {},
  Sign: {},
  Sin: {},
  Sqrt: {},
  Sub: {},
  Sum: {},
  Where: {},
  Xor: {},
  // index-ops.ts
  Cast: { to: needed('dtype'), saturate: int(1) },
  Gather: { axis: int(0) },
  GatherElements: { axis: int(0) },
  GatherND: { batch_dims: int(0) },
  NonZero: {},
  OneHot: { axis: int(-1) },
  ScatterElements: { axis: int(0), reduction: word('none', 'add', 'mul', 'max', 'min') },
  ScatterND: { reduction: word('none', 'add', 'mul', 'max', 'min') },
  TopK: { axis: int(-1), largest: int(1), sorted: int(1) },
  // matmul.ts
  FusedMatMul: { alpha: float(1), transA: int(0), transB: int(0) },
  Gemm: { alpha: float(1), beta: float(1), transA: int(0), transB: int(0) },
  MatMul: {},
  // nchwc.ts
  NchwcConv: { ...window, group: int(1), block },
  ReorderInput: { block },
  ReorderOutput: { channels: needed('int'), block },
  // norm.ts
  BatchNormalization: { epsilon, momentum: float(0.9), training_mode: int(0) },
  GroupNormalization: { epsilon, num_groups: needed('int'), stash_type: int(1) },
  InstanceNormalization: { epsilon },
  LayerNormalization: rowwise,
  RMSNormalization: rowwise,
  // pool.ts
  AveragePool: { ...pool, count_include_pad: int(0) },
  GlobalAveragePool: {},
  GlobalMaxPool: {},
  MaxPool: { ...pool, storage_order: int(0) },
  // random.ts
  Dropout: { rate: needed('float'), kind: word('element', 'path') },
  // reduce.ts
  ArgMax: arg,
  ArgMin: arg,
  CumSum: { exclusive: int(0), reverse: int(0) },
  ReduceL1: reduction,
  ReduceL2: reduction,
  ReduceLogSum: reduction,
  ReduceLogSumExp: reduction,
  ReduceMax: reduction,
  ReduceMean: reduction,
  ReduceMin: reduction,
  ReduceProd: reduction,
  ReduceSum: reduction,
  ReduceSumSquare: reduction,
  // resize.ts
  Resize: {
    mode: word('nearest', 'linear', 'cubic'),
    coordinate_transformation_mode: word('half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric'),
    nearest_mode: word('round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'),
    cubic_coeff_a: float(-0.75),
    antialias: int(0),
    exclude_outside: int(0),
    extrapolation_value: float(0),
    keep_aspect_ratio_policy: word('stretch'),
  },
  // reshape.ts, slice.ts, join.ts, pad.ts, repeat.ts, blocks.ts, made.ts
  Concat: { axis: needed('int') },
  ConstantOfShape: { value: tensor },
  DepthToSpace: { blocksize: needed('int'), mode: word('DCR', 'CRD') },
  Expand: {},
  EyeLike: { k: int(0) },
  Flatten: { axis: int(1) },
  Pad: { mode: word('constant', 'edge', 'reflect', 'wrap') },
  Range: {},
  Reshape: { allowzero: int(0) },
  Shape: { start: int(0), end: optionalInt },
  Size: {},
  Slice: {},
  SpaceToDepth: { blocksize: needed('int') },
  Split: { axis: int(0), num_outputs: optionalInt },
  Squeeze: {},
  Tile: {},
  Transpose: { perm: ints },
  Trilu: { upper: int(1) },
  Unsqueeze: {},
  // stop-gradient.ts
  StopGradient: {},
} as const satisfies Readonly<Record<string, Readonly<Record<string, AttrSpec>>>>;

/** The name of an operator. */
export type OpName = keyof typeof signatures;

type Signature<K extends OpName> = (typeof signatures)[K];

/** What an attribute of a kind holds. */
interface Held {
  readonly int: number;
  readonly float: number;
  readonly string: string;
  readonly ints: readonly number[];
  readonly floats: readonly number[];
  readonly strings: readonly string[];
  readonly tensor: Tensor;
  readonly dtype: DType;
}

type ValueOf<S> = S extends { readonly words: readonly (infer W)[] }
  ? W
  : S extends { readonly type: infer T extends keyof Held }
    ? Held[T]
    : never;
type Needed<S> = { [A in keyof S]: S[A] extends { readonly required: true } ? A : never }[keyof S];

/** The attributes of an operator, as `apply` takes them. */
export type AttrsOf<K extends OpName> = keyof Signature<K> extends never ? Readonly<Record<string, never>> : Attrs<K>;

type Attrs<K extends OpName> = { readonly [A in Needed<Signature<K>>]: ValueOf<Signature<K>[A]> } & {
  readonly [A in Exclude<keyof Signature<K>, Needed<Signature<K>>>]?: ValueOf<Signature<K>[A]>;
};

/** Names of the attributes of a kind. */
export type AttrNames<K extends OpName, T extends AttrSpec['type']> = K extends OpName
  ? { [A in keyof Signature<K>]: Signature<K>[A] extends { readonly type: T } ? A & string : never }[keyof Signature<K>]
  : never;

/** Whether there is an operator of that name. */
export const isOpName = (name: string): name is OpName => Object.hasOwn(signatures, name);

/** The attributes that an operator has. */
export const attributesOf = (name: OpName): Readonly<Record<string, AttrSpec>> => signatures[name];

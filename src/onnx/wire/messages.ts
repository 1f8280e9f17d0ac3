/**
 * The messages of an .onnx file as plain values, after the public ONNX IR (onnx.proto). Lists that every writer fills are
 * required; what is rarely there is optional. Tensors and byte strings are views of the file they were read from.
 */

/** A whole file: the graph, the operator sets it speaks, and the functions it defines itself. */
export interface Model {
  readonly irVersion: number;
  readonly opsetImport: readonly OperatorSetId[];
  readonly graph: Graph;
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly domain?: string;
  readonly modelVersion?: bigint;
  readonly docString?: string;
  readonly metadataProps?: readonly StringStringEntry[];
  readonly trainingInfo?: readonly TrainingInfo[];
  readonly functions?: readonly FunctionProto[];
}

/** An operator set: '' is the standard one (ai.onnx). */
export interface OperatorSetId {
  readonly domain: string;
  readonly version: number;
}

export interface Graph {
  readonly name: string;
  readonly node: readonly Node[];
  readonly initializer: readonly TensorProto[];
  readonly input: readonly ValueInfo[];
  readonly output: readonly ValueInfo[];
  readonly valueInfo?: readonly ValueInfo[];
  readonly sparseInitializer?: readonly SparseTensor[];
  readonly docString?: string;
  readonly quantizationAnnotation?: readonly TensorAnnotation[];
  readonly metadataProps?: readonly StringStringEntry[];
}

/** One operator call. An empty name among the inputs or outputs stands for one that is left out. */
export interface Node {
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly Attribute[];
  readonly name?: string;
  readonly domain?: string;
  readonly overload?: string;
  readonly docString?: string;
  readonly metadataProps?: readonly StringStringEntry[];
}

export type AttributeValue =
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'int'; readonly value: bigint }
  | { readonly type: 'string'; readonly value: Uint8Array }
  | { readonly type: 'tensor'; readonly value: TensorProto }
  | { readonly type: 'graph'; readonly value: Graph }
  | { readonly type: 'floats'; readonly value: readonly number[] }
  | { readonly type: 'ints'; readonly value: readonly bigint[] }
  | { readonly type: 'strings'; readonly value: readonly Uint8Array[] }
  | { readonly type: 'tensors'; readonly value: readonly TensorProto[] }
  | { readonly type: 'graphs'; readonly value: readonly Graph[] }
  | { readonly type: 'sparseTensor'; readonly value: SparseTensor }
  | { readonly type: 'sparseTensors'; readonly value: readonly SparseTensor[] }
  | { readonly type: 'typeProto'; readonly value: Type }
  | { readonly type: 'typeProtos'; readonly value: readonly Type[] };

export type AttributeType = AttributeValue['type'];

/** Inside a function: the value of the calling node's attribute `refAttrName`, which has the type `of`. */
interface AttributeReference {
  readonly type: 'reference';
  readonly of: AttributeType;
  readonly refAttrName: string;
}

export type Attribute = { readonly name: string; readonly docString?: string } & (AttributeValue | AttributeReference);

/** The values are in `rawData`, in the typed list that fits `dataType`, or (`dataLocation` 1) in another file. */
export interface TensorProto {
  readonly name: string;
  readonly dataType: number;
  readonly dims: readonly number[];
  readonly rawData?: Uint8Array;
  readonly floatData?: Float32Array;
  readonly int32Data?: Int32Array;
  readonly stringData?: readonly Uint8Array[];
  readonly int64Data?: BigInt64Array;
  readonly doubleData?: Float64Array;
  readonly uint64Data?: BigUint64Array;
  readonly externalData?: readonly StringStringEntry[];
  readonly dataLocation?: number;
  readonly segment?: Segment;
  readonly docString?: string;
  readonly metadataProps?: readonly StringStringEntry[];
}

/** A tensor cut into several messages; nothing writes it and this library does not join them. */
export interface Segment {
  readonly begin: number;
  readonly end: number;
}

export interface SparseTensor {
  readonly values?: TensorProto;
  readonly indices?: TensorProto;
  readonly dims: readonly number[];
}

/** A name and what is known of its type. */
export interface ValueInfo {
  readonly name: string;
  readonly type?: Type;
  readonly docString?: string;
  readonly metadataProps?: readonly StringStringEntry[];
}

/** The type of a value; `shape` is missing when not even the rank is known. 'none' is a type message that says nothing. */
export type Type = { readonly denotation?: string } & (
  | { readonly kind: 'tensor' | 'sparseTensor'; readonly elemType: number; readonly shape?: readonly Dimension[] }
  | { readonly kind: 'sequence' | 'optional'; readonly elemType?: Type }
  | { readonly kind: 'map'; readonly keyType: number; readonly valueType?: Type }
  | { readonly kind: 'opaque'; readonly domain: string; readonly name: string }
  | { readonly kind: 'none' }
);

/** A size, or a name that stands for one, or neither (unknown). */
export interface Dimension {
  readonly dimValue?: number;
  readonly dimParam?: string;
  readonly denotation?: string;
}

/** An operator defined by a graph of other operators. */
export interface FunctionProto {
  readonly name: string;
  readonly domain: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  /** Names of attributes without a default. */
  readonly attribute: readonly string[];
  /** Attributes with their defaults. */
  readonly attributeProto: readonly Attribute[];
  readonly node: readonly Node[];
  readonly opsetImport: readonly OperatorSetId[];
  readonly overload?: string;
  readonly docString?: string;
  readonly valueInfo?: readonly ValueInfo[];
  readonly metadataProps?: readonly StringStringEntry[];
}

export interface StringStringEntry {
  readonly key: string;
  readonly value: string;
}

/** Names of the tensors that hold the quantisation parameters of `tensorName`. */
export interface TensorAnnotation {
  readonly tensorName: string;
  readonly quantParameterTensorNames: readonly StringStringEntry[];
}

export interface TrainingInfo {
  readonly initialization?: Graph;
  readonly algorithm?: Graph;
  readonly initializationBinding: readonly StringStringEntry[];
  readonly updateBinding: readonly StringStringEntry[];
}
